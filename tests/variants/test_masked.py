import pytest
import torch
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.models.autoencoder import Shape
from hourglass.models.build import build
from hourglass.models.losses import Loss
from hourglass.training.fit import fit
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
def test_hidden_pixels_make_no_difference(shape: Shape) -> None:
    """Images that differ in hidden pixels only have the same corrupted and the same restored image."""
    network, x = model(shape), images(shape)
    observed = network.corrupt(x, network.level, draws(4))
    other = torch.where(observed.isnan(), 1 - x, x)
    assert (other != x).float().mean() > 0.5
    again = network.corrupt(other, network.level, draws(4))
    torch.testing.assert_close(again, observed, rtol=0, atol=0, equal_nan=True)
    torch.testing.assert_close(network.restore(again), network.restore(observed), rtol=0, atol=0)


def test_the_encoder_takes_visible_patches_only() -> None:
    network, x = model(), images()
    seen: list[Tensor] = []
    network.embedding.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
    observed = network.corrupt(x, network.level, draws())
    network.loss(x, None, draws())
    visible = observed[~observed.isnan()]
    assert seen[0].shape == (5 * 4, 16)  # a quarter of 16 patches
    torch.testing.assert_close(seen[0].flatten().sort().values, visible.sort().values, rtol=0, atol=0)
    network.encode(x)
    assert seen[1].shape == (5 * 16, 16)


def test_every_visible_patch_and_its_position_matter() -> None:
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


def test_bce_counts_hidden_pixels_only() -> None:
    network, x = model(loss="bce"), images()
    hidden = network.corrupt(x, network.level, draws(2)).isnan()
    logits = network.decode(network.encode(network.corrupt(x, network.level, draws(2))))
    each = -(x * logits.sigmoid().log() + (1 - x) * (1 - logits.sigmoid()).log())
    actual = network.loss(x, None, draws(2))["restoration"]
    torch.testing.assert_close(actual, (each * hidden).flatten(1).sum(1))


def test_restoring_keeps_visible_pixels() -> None:
    network, x = model(), images()
    observed = network.corrupt(x, network.level, draws())
    restored = network.restore(observed)
    assert restored.isfinite().all()
    torch.testing.assert_close(restored[~observed.isnan()], x[~observed.isnan()], rtol=0, atol=0)
    reconstructed = network.reconstruct(observed)
    torch.testing.assert_close(restored[observed.isnan()], reconstructed[observed.isnan()], rtol=0, atol=0)


def test_patches_are_drawn_anew_for_every_batch() -> None:
    network, x, generator = model(), images(), draws()
    first, second = (network.corrupt(x, network.level, generator).isnan() for _ in range(2))
    assert (first != second).any()
    assert first.float().mean().item() == second.float().mean().item() == 0.75


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))
def test_patches_are_in_row_major_order(shape: Shape) -> None:
    network, x = model(shape), images(shape)
    patches = network.patches(x)
    corner = min(4, shape[1] - 4), min(4, shape[2] - 4)
    second = x[:, :, :4, 4 : 4 + corner[1]]
    patch = patches[:, 1].view(len(x), shape[0], 4, 4)[..., : corner[1]]
    torch.testing.assert_close(patch, second, rtol=0, atol=0)
    network.decoder = torch.nn.Unflatten(1, patches.shape[1:])
    torch.testing.assert_close(network.decode(patches.flatten(1)), x, rtol=0, atol=0)


def test_training_restores_hidden_patches() -> None:
    """On images of one brightness, a visible patch determines the hidden ones."""
    levels = torch.rand(600, 1, 1, 1, generator=draws(1)).expand(-1, 1, 8, 8)
    images = ImageSet((255 * levels).byte().numpy())
    network = build("masked", {"latent_dim": 4, "width": 16, "depth": 1}, (1, 8, 8), seed=0)
    schedule = TrainSettings(epochs=8, batch_size=50, learning_rate=0.01, weight_decay=0.0)
    train, held_out = images.subset(slice(500)), images.subset(slice(500, None))
    fit(network, train, held_out, schedule, seed=0)
    x, _ = held_out.batch(slice(None))
    assert (network.restore(network.corrupt(x, network.level, draws(8))) - x).square().mean() < 0.05 * x.var()


def test_different_numbers_of_hidden_patches_are_an_error() -> None:
    network, x = model(), images(count=2)
    x[0, :, :4, :8] = torch.nan
    with pytest.raises(ValueError, match="the same number of hidden patches"):
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
def test_impossible_settings_are_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=rf"params\.yaml: variants\.x\.{message}"):
        build("masked", {"latent_dim": 4} | change, (1, 8, 8), seed=0, where="variants.x")
