"""Sparsity: how many latent dimensions (units) are active per image, how many never, and what each responds to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hourglass.data.imageset import ImageSet
from hourglass.evaluation.context import Context, Examples
from hourglass.evaluation.inference import Floats, encode
from hourglass.models.autoencoder import Autoencoder

Codes = NDArray[np.floating]

# The first test images count: their codes are compared all at once.
CODES = 10_000
# A unit is active for an image if its size exceeds this share of the largest of all codes. Relative, so that the scale
# of codes does not matter; above zero, because a sigmoid is never exactly 0.
THRESHOLD = 0.1
# Examples are of so many units, each the mean of the images to which it responds most strongly.
UNITS, STRONGEST = 64, 16


@dataclass(frozen=True)
class Sparsity:
    """Active units: those with |code| > 10% of the largest |code| of all images and units.

    active_units: active units per image, mean over the images. dead_units: units active on none of them.
    """

    active_units: float
    dead_units: float


def applies(model: Autoencoder) -> bool:
    """Applies to networks whose latent codes are meant to be mostly zeros."""
    return model.sparse


def metrics(model: Autoencoder, context: Context) -> Sparsity:
    """Count active units in the first test images' codes."""
    return count_units(_codes(model, context))


def examples(model: Autoencoder, context: Context) -> Examples:
    """What the most used units respond to: `units` (units, C, H, W)."""
    return {"units": responses(_codes(model, context), context.test)}


def count_units(codes: Codes) -> Sparsity:
    """Count active units in codes (N, D)."""
    active = _active(codes)
    return Sparsity(float(active.sum(1).mean()), float((~active.any(0)).sum()))


def responses(codes: Codes, images: ImageSet) -> Floats:
    """What units respond to, (up to 64, C, H, W) in [0, 1], by codes (N, D) of the first N images.

    For each of the units active on most images, most used first: the mean of the 16 images with the largest |code| of
    that unit. Units that no image uses are left out.
    """
    uses = _active(codes).sum(0)
    chosen = [unit for unit in np.argsort(-uses, kind="stable")[:UNITS] if uses[unit]]
    strongest = [np.argsort(-np.abs(codes[:, unit]), kind="stable")[:STRONGEST] for unit in chosen]
    return np.stack([images[rows].mean(0) / 255 for rows in strongest]).astype(np.float32)


def _codes(model: Autoencoder, context: Context) -> Floats:
    return encode(model, context.test.first(CODES))


def _active(codes: Codes) -> NDArray[np.bool_]:
    size = np.abs(codes)
    return size > THRESHOLD * size.max()
