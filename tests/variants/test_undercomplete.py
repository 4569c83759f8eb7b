import pytest
import torch

from hourglass.models.losses import Loss
from hourglass.variants.undercomplete import Undercomplete


def shapes(model: Undercomplete) -> list[tuple[int, ...]]:
    return [tuple(value.shape) for name, value in model.named_parameters() if name.endswith("weight")]


def test_the_decoder_mirrors_the_encoder() -> None:
    model = Undercomplete((1, 4, 4), latent_dim=3, hidden=[8, 5])
    assert shapes(model) == [(8, 16), (5, 8), (3, 5), (5, 3), (8, 5), (16, 8)]


def test_without_hidden_layers_the_network_is_affine() -> None:
    """Lecture 156's exercise, 784 -> 64 -> 784: an affine map commutes with averages of images."""
    model = Undercomplete((1, 28, 28), latent_dim=64, hidden=[])
    assert shapes(model) == [(64, 784), (784, 64)]
    first, second = torch.rand(2, 5, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    mixed = model.reconstruct(0.3 * first + 0.7 * second)
    torch.testing.assert_close(mixed, 0.3 * model.reconstruct(first) + 0.7 * model.reconstruct(second))


def test_hidden_layers_make_it_nonlinear() -> None:
    torch.manual_seed(0)
    model = Undercomplete((1, 4, 4), latent_dim=3, hidden=[8])
    first, second = torch.randn(2, 5, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    mixed = model.reconstruct((first + second) / 2)
    assert not torch.allclose(mixed, (model.reconstruct(first) + model.reconstruct(second)) / 2, atol=1e-4)


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_the_latent_code_is_linear(loss: Loss) -> None:
    torch.manual_seed(0)
    model = Undercomplete((1, 4, 4), latent_dim=6, hidden=[8], loss=loss)
    z = model.encode(torch.randn(200, 1, 4, 4, generator=torch.Generator().manual_seed(0)) * 5)
    assert z.min() < -0.5  # GELU, the activation of the other layers, is never below -0.17
    assert z.max() > 0.5
