import pytest
import torch
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.models.build import build
from hourglass.models.losses import image_distance
from hourglass.training.fit import fit
from hourglass.training.settings import TrainSettings
from hourglass.variants.vqvae import VQVAE


def small(commitment: float = 0.25) -> VQVAE:
    torch.manual_seed(0)
    return VQVAE((1, 8, 8), latent_dim=24, codes=9, channels=[4, 8], commitment=commitment)


@pytest.fixture
def x() -> Tensor:
    return torch.rand(5, 1, 8, 8, generator=draws(3))


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_latent_code_is_the_entries_of_its_indices(x: Tensor) -> None:
    model = small().eval()
    indices, z = model.indices(x), model.encode(x)
    assert indices.shape == (5, 4)
    assert indices.min() >= 0
    assert indices.max() < 9
    assert z.equal(model.quantiser.codebook[indices].flatten(1))
    assert model.decode_indices(indices).equal(model.decode(z))
    assert model.means(model.decode_indices(indices)).equal(model.reconstruct(x))


def test_grid_positions_match_image_positions() -> None:
    """On a 6 x 8 grid, vector i of the latent code encodes row i // 8, column i % 8, and decodes there."""
    torch.manual_seed(0)
    model = VQVAE((1, 12, 16), latent_dim=96, codes=3, channels=[4]).eval()
    x, z = torch.rand(1, 1, 12, 16), torch.zeros(1, 96)
    for position in range(48):
        row, column = divmod(position, 8)
        brighter = x.clone()
        brighter[..., 2 * row, 2 * column] += 1  # the centre of one window of the convolution, and in no other
        changed = (model.vectors(brighter) - model.vectors(x)).abs().sum(2)[0]
        assert changed.nonzero().tolist() == [[position]]
        other = z.clone()
        other[0, 2 * position : 2 * position + 2] = 1
        decoded = (model.decode(other) - model.decode(z))[0, 0].abs()
        # One position each way by the 3x3 convolution, and one pixel more by the transposed one.
        box = slice(max(0, 2 * row - 3), 2 * row + 4), slice(max(0, 2 * column - 3), 2 * column + 4)
        assert decoded[box].sum() > 0
        assert decoded.sum().item() == pytest.approx(decoded[box].sum().item())


@pytest.mark.parametrize(
    ("shape", "dimensions"), [((1, 28, 28), 784), ((3, 32, 32), 768), ((1, 28, 20), 770), ((1, 7, 7), 784)]
)
def test_positions_share_the_latent_dimensions_evenly(shape: tuple[int, int, int], dimensions: int) -> None:
    model = VQVAE(shape, latent_dim=784, codes=4, channels=[4, 4])
    assert model.latent_dim == dimensions
    assert model.encode(torch.rand(2, *shape)).shape == (2, dimensions)


def test_fewer_dimensions_than_positions_are_an_error() -> None:
    message = r"params\.yaml: variants\.x\.latent_dim: 7 x 7 positions need more than 48 dimensions"
    with pytest.raises(SettingsError, match=message):
        build("vqvae", {"latent_dim": 48, "codes": 4, "channels": [4, 4]}, (1, 28, 28), seed=0, where="variants.x")


def test_the_loss_is_reconstruction_and_commitment(x: Tensor) -> None:
    model = small(commitment=0.5).eval()
    terms, v, z = model.loss(x, None, draws()), model.vectors(x).flatten(1), model.encode(x)
    torch.testing.assert_close(terms["reconstruction"], image_distance(model.decode(z), x, "mse"))
    torch.testing.assert_close(terms["commitment"], 0.5 * (v - z).square().sum(1))


def test_commitment_trains_the_encoder_alone(x: Tensor) -> None:
    model = small()
    model.loss(x, None, draws())["commitment"].sum().backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is not None) == name.startswith("encoder."), name


def test_only_the_loss_in_training_moves_the_codebook(x: Tensor) -> None:
    model = small()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    model.reconstruct(x)
    model.indices(x)
    model.eval().loss(x, None, draws())
    assert all(value.equal(state[name]) for name, value in model.state_dict().items())
    model.train().loss(x, None, draws())
    changed = {name for name, value in model.state_dict().items() if not value.equal(state[name])}
    assert changed == {"quantiser.codebook", "quantiser.share"}


def test_the_loss_depends_on_the_generator_alone(x: Tensor) -> None:
    results: list[dict[str, Tensor]] = []
    for elsewhere in (1, 2):
        model = small()
        torch.manual_seed(elsewhere)
        generator = draws(7)
        for _ in range(3):
            terms = model.loss(x, None, generator)
        results.append(terms | model.state_dict())
    assert all(value.equal(results[1][name]) for name, value in results[0].items())


def test_training_uses_the_codebook(digits: ImageSet) -> None:
    """On the digits: better than the mean image, and with most entries in use."""
    train, held_out = digits.subset(slice(1300)), digits.subset(slice(1300, None))
    torch.manual_seed(0)
    model = VQVAE((1, 8, 8), latent_dim=32, codes=32, channels=[16, 32])
    settings = TrainSettings(epochs=8, batch_size=64)
    fit(model, train, held_out, settings, seed=0)
    x, _ = held_out.batch(slice(None))
    baseline = (x - torch.from_numpy(train.mean_image())).square().mean()
    assert model.score(x).mean() < 0.7 * baseline
    assert model.indices(x).unique().numel() > 16
