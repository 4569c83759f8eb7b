"""Apply a model to arrays, a bounded batch at a time."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass.core.images import Images
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.gaussian import draw
from hourglass.models.quantiser import Quantised
from hourglass.models.variational import Variational

BATCH = 500

Floats = NDArray[np.float32]


def batches(model: Autoencoder, images: Images, labels: NDArray[np.int64]) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Float32 images in [0, 1], and the labels if the model is conditional, in order."""
    for start in range(0, len(images), BATCH):
        part = slice(start, start + BATCH)
        y = torch.from_numpy(labels[part]) if model.conditional else None
        yield torch.from_numpy(images[part]).float().div_(255), y


@torch.inference_mode()
def encode(model: Autoencoder, images: Images, labels: NDArray[np.int64]) -> Floats:
    """Images (N, C, H, W) uint8 -> codes (N, latent_dim)."""
    return np.concatenate([model.encode(x, y).numpy() for x, y in batches(model, images, labels)])


@torch.inference_mode()
def draw_codes(model: Variational, images: Images, labels: NDArray[np.int64], seed: int) -> Floats:
    """Images (N, C, H, W) uint8 -> a code of each (N, latent_dim), drawn from its posterior."""
    generator = torch.Generator().manual_seed(seed)
    drawn = [draw(*model.posterior(x, y), generator) for x, y in batches(model, images, labels)]
    return torch.cat(drawn).numpy()


@torch.inference_mode()
def standardise(model: Variational, codes: Floats, labels: NDArray[np.int64]) -> Floats:
    """Codes (N, latent_dim) -> how far each is from the mean of its prior, in the prior's standard deviations."""
    mean, logvar = model.prior(torch.from_numpy(labels))
    return ((torch.from_numpy(codes) - mean) * (-0.5 * logvar).exp()).numpy()


@torch.inference_mode()
def reconstruct(model: Autoencoder, images: Images, labels: NDArray[np.int64]) -> Iterator[tuple[Floats, Floats]]:
    """Batches of (image, reconstruction), float32 (B, C, H, W); reconstructions are not clipped."""
    for x, y in batches(model, images, labels):
        yield x.numpy(), model.reconstruct(x, y).numpy()


@torch.inference_mode()
def indices(model: Quantised, images: Images) -> NDArray[np.int64]:
    """Images (N, C, H, W) uint8 -> numbers of codebook entries (N, length)."""
    parts = (images[start : start + BATCH] for start in range(0, len(images), BATCH))
    return np.concatenate([model.indices(torch.from_numpy(part).float().div_(255)).numpy() for part in parts])


@torch.inference_mode()
def decode_indices(model: Quantised, numbers: NDArray[np.integer]) -> Floats:
    """Numbers of codebook entries (N, length) -> images (N, C, H, W), not clipped."""
    parts = (torch.from_numpy(numbers[start : start + BATCH]) for start in range(0, len(numbers), BATCH))
    return np.concatenate([model.means(model.decode_indices(part)).numpy() for part in parts])


@torch.inference_mode()
def score(model: Autoencoder, images: Images, normal: int) -> Floats:
    """Images (N, C, H, W) uint8 -> anomaly scores (N,), higher is more anomalous.

    Args:
        normal: the class a conditional model takes every image for. A detector does not know the true
            classes, so there is no way to hand them in.
    """
    labels = np.full(len(images), normal, np.int64)
    # Made before the batches, so that what they need lies together and is used again.
    scores = np.empty(len(images), np.float32)
    for number, (x, y) in enumerate(batches(model, images, labels)):
        scores[number * BATCH : (number + 1) * BATCH] = model.score(x, y).numpy()
    return scores


@torch.inference_mode()
def decode(model: Autoencoder, codes: Floats, labels: NDArray[np.int64]) -> Floats:
    """Codes (N, latent_dim) -> images (N, C, H, W), not clipped."""
    parts = []
    for start in range(0, len(codes), BATCH):
        part = slice(start, start + BATCH)
        y = torch.from_numpy(labels[part]) if model.conditional else None
        parts.append(model.means(model.decode(torch.from_numpy(codes[part]), y)).numpy())
    return np.concatenate(parts)


@torch.inference_mode()
def sample(model: Autoencoder, labels: NDArray[np.int64], seed: int) -> Floats:
    """A new image for each of `labels`, (N, C, H, W), from a generative model; of that class if it is conditional."""
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for start in range(0, len(labels), BATCH):
        y = torch.from_numpy(labels[start : start + BATCH])
        parts.append(model.sample(len(y), y if model.conditional else None, generator).numpy())
    return np.concatenate(parts)


@torch.inference_mode()
def restore(model: Autoencoder, images: Images, level: float, seed: int) -> dict[str, Floats]:
    """Images (N, C, H, W) uint8 -> originals, what `model` gets to see of them (observed), and restored; float32.

    Args:
        level: how strong the damage is, as the model measures it.
    """
    generator = torch.Generator().manual_seed(seed)
    parts: dict[str, list[Floats]] = {"originals": [], "observed": [], "restored": []}
    for start in range(0, len(images), BATCH):
        x = torch.from_numpy(images[start : start + BATCH]).float().div_(255)
        observed = model.corrupt(x, level, generator)
        for name, part in zip(parts, (x, observed, model.restore(observed)), strict=True):
            parts[name].append(part.numpy())
    return {name: np.concatenate(found) for name, found in parts.items()}
