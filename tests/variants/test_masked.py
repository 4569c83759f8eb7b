import pytest
import torch
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.models.autoencoder import Shape
from hourglass.models.build import build
from hourglass.models.losses import Loss
from hourglass.training.fit import Examples, fit
from hourglass.training.settings import TrainSettings
from hourglass.variants.masked import Masked

SHAPES = [(1, 28, 28), (3, 32, 32), (1, 8, 8), (1, 28, 20), (1, 7, 7)]


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def model(shape: Shape = (1, 16, 16), loss: Loss = "mse") -> Masked:
    torch.manual_seed(0)
    return Masked(shape, latent_dim=6, width=16, loss=loss).eval()


def images(shape: Shape = (1, 16, 16), count: int = 5) -> Tensor:
    return torch.rand(count, *shape, generator=draws(3))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))
def test_hidden_pixels_change_nothing(shape: Shape) -> None:
    """What is hidden differs between two images, what is shown does not: so do what is seen and what is made of it."""
    network, x = model(shape), images(shape)
    observed = network.corrupt(x, network.level, draws(4))
    other = torch.where(observed.isnan(), 1 - x, x)
    assert (other != x).float().mean() > 0.5
    again = network.corrupt(other, network.level, draws(4))
    torch.testing.assert_close(again, observed, rtol=0, atol=0, equal_nan=True)
    torch.testing.assert_close(network.restore(again), network.restore(observed), rtol=0, atol=0)


def test_the_encoder_is_given_visible_patches_only() -> None:
    network, x = model(), images()
    given: list[Tensor] = []
    network.embedding.register_forward_pre_hook(lambda _, arguments: given.append(arguments[0]))
    observed = network.corrupt(x, network.level, draws())
    network.loss(x, None, draws())
    shown = observed[~observed.isnan()]
    assert given[0].shape == (5 * 4, 16)  # a quarter of 16 patches
    torch.testing.assert_close(given[0].flatten().sort().values, shown.sort().values, rtol=0, atol=0)
    network.encode(x)
    assert given[1].shape == (5 * 16, 16)


def test_every_visible_patch_and_its_place_count() -> None:
    network, x = model(), images(count=1)
    observed = network.corrupt(x, network.level, draws())
    z = network.encode(observed)
    for row, column in (~observed[0, 0, ::4, ::4].isnan()).nonzero().tolist():
        changed = observed.clone()
        changed[..., 4 * row, 4 * column] += 0.5
        assert not torch.allclose(network.encode(changed), z, rtol=1e-3)
    whole = network.encode(x)
    assert not torch.allclose(network.encode(x.flip(3).unfold(3, 4, 4).flip(4).flatten(3)), whole, rtol=1e-3)


def test_the_loss_counts_hidden_pixels_only() -> None:
    network, x = model(), images()
    observed = network.corrupt(x, network.level, draws(2))
    decoded = network.decode(network.encode(observed))
    expected = torch.stack(
        [
            (one[hidden] - true[hidden]).square().sum()
            for one, true, hidden in zip(decoded, x, observed.isnan(), strict=True)
        ]
    )
    torch.testing.assert_close(network.loss(x, None, draws(2))["restoration"], expected)


def test_with_bce_visible_pixels_do_not_count_either() -> None:
    network, x = model(loss="bce"), images()
    hidden = network.corrupt(x, network.level, draws(2)).isnan()
    logits = network.decode(network.encode(network.corrupt(x, network.level, draws(2))))
    each = -(x * logits.sigmoid().log() + (1 - x) * (1 - logits.sigmoid()).log())
    found = network.loss(x, None, draws(2))["restoration"]
    torch.testing.assert_close(found, (each * hidden).flatten(1).sum(1))


def test_restoring_keeps_what_was_shown() -> None:
    network, x = model(), images()
    observed = network.corrupt(x, network.level, draws())
    restored = network.restore(observed)
    assert restored.isfinite().all()
    torch.testing.assert_close(restored[~observed.isnan()], x[~observed.isnan()], rtol=0, atol=0)
    rebuilt = network.reconstruct(observed)
    torch.testing.assert_close(restored[observed.isnan()], rebuilt[observed.isnan()], rtol=0, atol=0)


def test_other_patches_are_hidden_in_every_batch() -> None:
    network, x, generator = model(), images(), draws()
    first, second = (network.corrupt(x, network.level, generator).isnan() for _ in range(2))
    assert (first != second).any()
    assert first.float().mean().item() == second.float().mean().item() == 0.75


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))
def test_patches_are_laid_out_row_by_row_and_back(shape: Shape) -> None:
    network, x = model(shape), images(shape)
    patches = network.patches(x)
    corner = min(4, shape[1] - 4), min(4, shape[2] - 4)
    second = x[:, :, :4, 4 : 4 + corner[1]]
    found = patches[:, 1].view(len(x), shape[0], 4, 4)[..., : corner[1]]
    torch.testing.assert_close(found, second, rtol=0, atol=0)
    network.decoder = torch.nn.Unflatten(1, patches.shape[1:])
    torch.testing.assert_close(network.decode(patches.flatten(1)), x, rtol=0, atol=0)


def test_it_learns_to_guess_the_rest() -> None:
    """On images of one brightness, any visible patch tells the hidden ones."""
    levels = torch.rand(600, 1, 1, 1, generator=draws(1)).expand(-1, 1, 8, 8)
    pictures = (255 * levels).byte()
    network = build({"module": "masked", "latent_dim": 4, "width": 16, "depth": 1}, (1, 8, 8), seed=0)
    schedule = TrainSettings(epochs=8, batch_size=50, learning_rate=0.01, weight_decay=0.0, gradient_clip=5.0)
    fit(network, Examples(pictures[:500], None), Examples(pictures[500:], None), schedule, seed=0)
    x = pictures[500:] / 255
    assert (network.restore(network.corrupt(x, network.level, draws(8))) - x).square().mean() < 0.05 * x.var()


def test_images_that_hide_different_numbers_of_patches_are_refused() -> None:
    network, x = model(), images(count=2)
    x[0, :, :4, :8] = torch.nan
    with pytest.raises(ValueError, match="equally many"):
        network.encode(x)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patch": 8}, r"patch: 8 makes one patch of 8 x 8 pixels"),
        ({"patch": 0}, r"patch: .*got 0"),
        ({"ratio": 1.0}, r"ratio: .*got 1\.0"),
        ({"width": 30}, r"width: .*got 30"),
    ],
)
def test_impossible_settings_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=rf"params\.yaml: variants\.x\.{message}"):
        build({"module": "masked", "latent_dim": 4} | change, (1, 8, 8), seed=0, where="variants.x")
