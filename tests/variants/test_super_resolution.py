import pytest
import torch
from torch import Tensor

from hourglass.data.imageset import ImageSet
from hourglass.models.autoencoder import Shape
from hourglass.models.build import build
from hourglass.models.corruption import downsample
from hourglass.training.fit import fit
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
def test_restoring_the_small_image_is_reconstruction(shape: Shape, factor: int, small: Shape) -> None:
    network, x = model(shape, factor), images(shape)
    observed = network.corrupt(x, network.level, torch.Generator())
    assert observed.shape[1:] == small
    restored = network.restore(observed)
    assert restored.shape == x.shape
    torch.testing.assert_close(restored, network.reconstruct(x), rtol=0, atol=0)


def test_details_within_a_square_make_no_difference() -> None:
    """A checkerboard within each square leaves the squares' means as they are, and so the latent code."""
    network, x = model((1, 28, 20)), images((1, 28, 20)).mul(0.5).add(0.25)
    board = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(14, 10) * 0.2
    assert (x + board - x).abs().min() > 0.19
    torch.testing.assert_close(network.encode(x + board), network.encode(x))
    torch.testing.assert_close(network.reconstruct(x + board), network.reconstruct(x))
    assert not torch.allclose(network.encode(x + 0.1), network.encode(x), rtol=1e-2)


def test_everything_passes_through_the_latent_code() -> None:
    """`decode` of the latent code is the whole reconstruction: nothing bypasses it."""
    network, x = model((1, 8, 8), latent_dim=1), images((1, 8, 8), 40)
    z = network.encode(x)
    torch.testing.assert_close(network.reconstruct(x), network.means(network.decode(z)))
    assert sum(parameter.numel() for parameter in network.encoder.parameters()) == 16 + 1


def test_training_restores_lost_details() -> None:
    """Vertical stripes shrink to grey; a network trained on striped images restores them."""
    contrast = torch.rand(600, 1, 1, 1, generator=torch.Generator().manual_seed(1))
    stripes = torch.tensor([1.0, 0.0]).repeat(4).expand(1, 1, 8, 8)
    images = ImageSet((255 * contrast * stripes).byte().numpy())
    network = build("super_resolution", {"latent_dim": 16, "hidden": [32]}, (1, 8, 8), seed=0)
    schedule = TrainSettings(epochs=8, batch_size=50, learning_rate=0.01, weight_decay=0.0)
    train, held_out = images.subset(slice(500)), images.subset(slice(500, None))
    fit(network, train, held_out, schedule, seed=0)
    x, _ = held_out.batch(slice(None))
    observed = downsample(x, 2)
    assert observed.flatten(1).std(1).max() < 1e-6
    assert (network.restore(observed) - x).square().mean() < 0.02 * x.var()
