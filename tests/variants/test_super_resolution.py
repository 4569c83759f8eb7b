import pytest
import torch
from torch import Tensor

from hourglass.models.autoencoder import Shape
from hourglass.models.build import build
from hourglass.models.corruption import downsample
from hourglass.training.fit import Examples, fit
from hourglass.training.settings import TrainSettings
from hourglass.variants.super_resolution import SuperResolution


def model(shape: Shape, factor: int = 2, latent_dim: int = 20) -> SuperResolution:
    torch.manual_seed(0)
    return SuperResolution(shape, latent_dim=latent_dim, hidden=[32], factor=factor).eval()


def images(shape: Shape, count: int = 5) -> Tensor:
    return torch.rand(count, *shape, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize(
    ("shape", "factor", "small"),
    [
        ((1, 28, 28), 2, (1, 14, 14)),
        ((1, 7, 7), 2, (1, 4, 4)),
        ((3, 28, 20), 2, (3, 14, 10)),
        ((1, 10, 7), 4, (1, 3, 2)),
    ],
)
def test_the_small_image_is_all_it_needs(shape: Shape, factor: int, small: Shape) -> None:
    network, x = model(shape, factor), images(shape)
    observed = network.corrupt(x, network.level, torch.Generator())
    assert observed.shape[1:] == small
    restored = network.restore(observed)
    assert restored.shape == x.shape
    torch.testing.assert_close(restored, network.reconstruct(x), rtol=0, atol=0)


def test_it_does_not_see_what_the_small_image_does_not_show() -> None:
    """A checkerboard within each square leaves the squares' means, and with them everything, as they are."""
    network, x = model((1, 28, 20)), images((1, 28, 20)).mul(0.5).add(0.25)
    board = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(14, 10) * 0.2
    assert (x + board - x).abs().min() > 0.19
    torch.testing.assert_close(network.encode(x + board), network.encode(x))
    torch.testing.assert_close(network.reconstruct(x + board), network.reconstruct(x))
    assert not torch.allclose(network.encode(x + 0.1), network.encode(x), rtol=1e-2)


def test_everything_passes_through_the_code() -> None:
    """With a code of one number, all images lie on one curve: nothing goes round the code."""
    network, x = model((1, 8, 8), latent_dim=1), images((1, 8, 8), 40)
    z = network.encode(x)
    torch.testing.assert_close(network.reconstruct(x), network.means(network.decode(z)))
    assert sum(parameter.numel() for parameter in network.encoder.parameters()) == 16 + 1


def test_it_learns_what_the_pixels_between_look_like() -> None:
    """Vertical stripes shrink to grey; only who knows that the images are striped can draw them again."""
    contrast = torch.rand(600, 1, 1, 1, generator=torch.Generator().manual_seed(1))
    stripes = torch.tensor([1.0, 0.0]).repeat(4).expand(1, 1, 8, 8)
    pictures = (255 * contrast * stripes).byte()
    network = build({"module": "super_resolution", "latent_dim": 16, "hidden": [32]}, (1, 8, 8), seed=0)
    schedule = TrainSettings(epochs=8, batch_size=50, learning_rate=0.01, weight_decay=0.0, gradient_clip=5.0)
    fit(network, Examples(pictures[:500], None), Examples(pictures[500:], None), schedule, seed=0)
    x = pictures[500:] / 255
    observed = downsample(x, 2)
    assert observed.flatten(1).std(1).max() < 1e-6
    assert (network.restore(observed) - x).square().mean() < 0.02 * x.var()
