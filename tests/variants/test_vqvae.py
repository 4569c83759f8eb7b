import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.models.losses import image_distance
from hourglass.training.fit import Examples, fit
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


def test_an_image_is_its_indices(x: Tensor) -> None:
    model = small().eval()
    indices, z = model.indices(x), model.encode(x)
    assert indices.shape == (5, 4)
    assert indices.min() >= 0
    assert indices.max() < 9
    assert z.equal(model.quantiser.codebook[indices].flatten(1))
    assert model.decode_indices(indices).equal(model.decode(z))
    assert model.means(model.decode_indices(indices)).equal(model.reconstruct(x))


def test_places_are_where_the_encoder_saw_them() -> None:
    """On a 6 x 8 grid, entry i of the code describes row i // 8, column i % 8, and is drawn there."""
    torch.manual_seed(0)
    model = VQVAE((1, 12, 16), latent_dim=96, codes=3, channels=[4]).eval()
    x, z = torch.rand(1, 1, 12, 16), torch.zeros(1, 96)
    for place in range(48):
        row, column = divmod(place, 8)
        touched = x.clone()
        touched[..., 2 * row, 2 * column] += 1  # the middle of one window of the convolution, and of no other
        changed = (model.vectors(touched) - model.vectors(x)).abs().sum(2)[0]
        assert changed.nonzero().tolist() == [[place]]
        other = z.clone()
        other[0, 2 * place : 2 * place + 2] = 1
        drawn = (model.decode(other) - model.decode(z))[0, 0].abs()
        # A neighbour each way by the 3x3 convolution, and one pixel more by the transposed one.
        box = slice(max(0, 2 * row - 3), 2 * row + 4), slice(max(0, 2 * column - 3), 2 * column + 4)
        assert drawn[box].sum() > 0
        assert drawn.sum().item() == pytest.approx(drawn[box].sum().item())


@pytest.mark.parametrize(
    ("shape", "numbers"), [((1, 28, 28), 784), ((3, 32, 32), 768), ((1, 28, 20), 770), ((1, 7, 7), 784)]
)
def test_the_places_share_the_code_s_numbers_evenly(shape: tuple[int, int, int], numbers: int) -> None:
    model = VQVAE(shape, latent_dim=784, codes=4, channels=[4, 4])
    assert model.latent_dim == numbers
    assert model.encode(torch.rand(2, *shape)).shape == (2, numbers)


def test_fewer_numbers_than_places_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"params\.yaml: latent_dim: 7 x 7 places need more than 48 numbers"):
        VQVAE((1, 28, 28), latent_dim=48, codes=4, channels=[4, 4])


def test_the_loss_is_reconstruction_and_commitment(x: Tensor) -> None:
    model = small(commitment=0.5).eval()
    terms, v, z = model.loss(x, None, draws()), model.vectors(x).flatten(1), model.encode(x)
    torch.testing.assert_close(terms["reconstruction"], image_distance(model.decode(z), x, "mse"))
    torch.testing.assert_close(terms["commitment"], 0.5 * (v - z).square().sum(1))


def test_commitment_pulls_the_encoder_and_nothing_else(x: Tensor) -> None:
    model = small()
    model.loss(x, None, draws())["commitment"].sum().backward()
    for name, parameter in model.named_parameters():
        assert (parameter.grad is not None) == name.startswith("encoder."), name


def test_the_codebook_moves_in_training_only_and_by_the_loss_only(x: Tensor) -> None:
    model = small()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    model.reconstruct(x)
    model.indices(x)
    model.eval().loss(x, None, draws())
    assert all(value.equal(state[name]) for name, value in model.state_dict().items())
    model.train().loss(x, None, draws())
    changed = {name for name, value in model.state_dict().items() if not value.equal(state[name])}
    assert changed == {"quantiser.codebook", "quantiser.share"}


def test_the_loss_is_deterministic_given_the_generator(x: Tensor) -> None:
    found: list[dict[str, Tensor]] = []
    for elsewhere in (1, 2):
        model = small()
        torch.manual_seed(elsewhere)
        generator = draws(7)
        for _ in range(3):
            terms = model.loss(x, None, generator)
        found.append(terms | model.state_dict())
    assert all(value.equal(found[1][name]) for name, value in found[0].items())


def test_training_uses_the_codebook() -> None:
    """On the digits: better than the mean image, and with most of its words in use."""
    images = torch.from_numpy(np.rint(load_digits().images[:, None] * (255 / 16)).astype(np.uint8))
    torch.manual_seed(0)
    model = VQVAE((1, 8, 8), latent_dim=32, codes=32, channels=[16, 32])
    settings = TrainSettings(epochs=8, batch_size=64, learning_rate=0.005, weight_decay=0.01, gradient_clip=5.0)
    fit(model, Examples(images[:1300], None), Examples(images[1300:], None), settings, seed=0)
    x = images[1300:] / 255
    baseline = (x - images[:1300].float().mean(0) / 255).square().mean()
    assert model.score(x).mean() < 0.7 * baseline
    assert model.indices(x).unique().numel() > 16
