"""Apply a network to many images or latent codes, a batch at a time, on the network's device; results are arrays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass.data.imageset import ImageSet, Labels, map_batches, map_slices, to_unit
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.gaussian import draw
from hourglass.models.quantiser import Quantised
from hourglass.models.variational import Variational

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Restored:
    """Images (N, C, H, W), the corrupted images that a network gets (`observed`), and its restorations; float32.

    observed: noisy images (N, C, H, W), small ones (N, C, h, w), or images that are NaN where pixels are hidden.
    """

    originals: Floats
    observed: Floats
    restored: Floats


def encode(model: Autoencoder, images: ImageSet) -> Floats:
    """Latent codes (N, latent_dim)."""
    return map_batches(lambda x, y: model.encode(x, model.condition(y)), images, on=model.device)


def draw_codes(model: Variational, images: ImageSet, seed: int) -> Floats:
    """Latent codes (N, latent_dim), one per image, drawn from the posterior q(z|x, y)."""
    generator = torch.Generator().manual_seed(seed)
    return map_batches(lambda x, y: draw(*model.posterior(x, model.condition(y)), generator), images, on=model.device)


@torch.inference_mode()
def standardise(model: Variational, codes: Floats, labels: Labels) -> Floats:
    """Latent codes (N, latent_dim) in standard deviations of their prior p(z|y) from its mean."""
    z, y = (torch.from_numpy(array).to(model.device) for array in (codes, labels))
    mean, logvar = model.prior(y)
    return ((z - mean) * (-0.5 * logvar).exp()).cpu().numpy()


@torch.inference_mode()
def reconstruct(model: Autoencoder, images: ImageSet) -> Iterator[tuple[Floats, Floats]]:
    """Batches of (images, reconstructions), float32 (B, C, H, W); reconstructions are not clipped."""
    for x, y in images.batches(on=model.device):
        yield x.cpu().numpy(), model.reconstruct(x, model.condition(y)).cpu().numpy()


def score(model: Autoencoder, images: ImageSet, normal: int) -> Floats:
    """Anomaly scores (N,), higher is more anomalous.

    Args:
        normal: the class that a conditional network takes every image for. A detector does not know the true classes,
            so those of `images` are not used.
    """
    return map_batches(
        lambda x, y: model.score(x, model.condition(torch.full_like(y, normal))), images, on=model.device
    )


def codebook_indices(model: Quantised, images: ImageSet) -> Indices:
    """Numbers of codebook entries (N, length)."""
    return map_batches(lambda x, _: model.indices(x), images, on=model.device).astype(np.int64, copy=False)


def decode(model: Autoencoder, codes: Floats, labels: Labels) -> Floats:
    """Images (N, C, H, W) of latent codes (N, latent_dim), not clipped."""
    return map_arrays(lambda z, y: model.means(model.decode(z, model.condition(y))), codes, labels, on=model.device)


def decode_indices(model: Quantised, indices: NDArray[np.integer]) -> Floats:
    """Images (N, C, H, W) of numbers of codebook entries (N, length), not clipped."""
    return map_arrays(lambda part: model.means(model.decode_indices(part)), indices, on=model.device)


def sample(model: Autoencoder, labels: Labels, seed: int) -> Floats:
    """New images (N, C, H, W) of a generative network, of the given classes (N,) if it is conditional."""
    generator = torch.Generator().manual_seed(seed)
    return map_arrays(lambda y: model.sample(len(y), model.condition(y), generator), labels, on=model.device)


def restore(model: Autoencoder, images: ImageSet, level: float, seed: int) -> Restored:
    """Corrupt images and restore them; for few images, since all are in memory.

    Args:
        level: strength of the corruption, in the network's own unit.
    """
    generator = torch.Generator().manual_seed(seed)
    observed = map_batches(lambda x, _: model.corrupt(x, level, generator), images, on=model.device)
    return Restored(to_unit(images[:]), observed, map_arrays(model.restore, observed, on=model.device))


def map_arrays(function: Callable[..., Tensor], *arrays: NDArray[Any], on: torch.device | str = "cpu") -> NDArray[Any]:
    """What `function` makes of arrays (N, ...) in step, computed a batch of rows at a time: (N, ...).

    Args:
        on: the device that `function` gets them on.

    Raises:
        HourglassError: there are no rows.
    """
    return map_slices(
        lambda rows: function(*(torch.from_numpy(array[rows]).to(on) for array in arrays)), len(arrays[0])
    )
