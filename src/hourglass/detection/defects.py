"""Synthetic defects on normal images, and how well anomaly maps localise them, pixel by pixel.

Defects are synthetic, so that every anomalous pixel is known: a patch of another grey, a scratch, a stain. They lie on
the object that the image shows; size and strength are drawn for each image.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hourglass.data.imageset import ImageSet
from hourglass.detection.metrics import auc

Masks = NDArray[np.bool_]
Maps = NDArray[np.floating]
Field = NDArray[np.float64]
# Rows and columns from the middle of the defect, a generator, and the image's shorter side -> how much of the defect
# falls on each pixel, in [0, 1].
Shape = Callable[[Field, Field, np.random.Generator, float], Field]

# A pixel belongs to the defect where at least this much of it does and its grey changes by at least so much.
COVERED, CHANGED = 0.5, 20
# Brighter or darker by this much, of 255.
STRENGTHS = (60, 160)


@dataclass(frozen=True)
class Defective:
    """Images with defects, and which of their pixels belong to these (N, H, W)."""

    images: ImageSet
    masks: Masks


@dataclass(frozen=True)
class Localisation:
    """How well anomaly maps localise defects.

    roc_auc: over all pixels of all images, by kind of defect, and their `mean`: the probability that the map is higher
        on a pixel of the defect than on another one; 0.5 is chance.
    maps: anomaly maps (N, H, W) by kind of defect.
    """

    roc_auc: Mapping[str, float]
    maps: Mapping[str, Maps]


def patch(rows: Field, columns: Field, draws: np.random.Generator, unit: float) -> Field:
    """A rectangle, its sides between a tenth and a quarter of the image's."""
    height, width = draws.uniform(0.05, 0.125, 2) * unit
    return ((np.abs(rows) <= height) & (np.abs(columns) <= width)).astype(float)


def scratch(rows: Field, columns: Field, draws: np.random.Generator, unit: float) -> Field:
    """A straight line, about a twenty-fifth of the image wide, a quarter to a half of it long."""
    angle, length = draws.uniform(0, np.pi), draws.uniform(0.125, 0.25) * unit
    along, across = rows * np.sin(angle) + columns * np.cos(angle), rows * np.cos(angle) - columns * np.sin(angle)
    return ((np.abs(along) <= length) & (np.abs(across) <= 0.02 * unit + 0.25)).astype(float)


def stain(rows: Field, columns: Field, draws: np.random.Generator, unit: float) -> Field:
    """An ellipse that fades out."""
    height, width = draws.uniform(0.06, 0.15, 2) * unit
    return np.exp(-0.5 * ((rows / height) ** 2 + (columns / width) ** 2))


DEFECTS: Mapping[str, Shape] = {"patch": patch, "scratch": scratch, "stain": stain}


def defective(images: ImageSet, kind: str, seed: int) -> Defective:
    """The images with one defect each, at least one pixel large; the same seed gives the same defects."""
    draws = np.random.default_rng(seed)
    changed, masks = images[:].copy(), np.zeros((len(images), *images.image_shape[1:]), bool)
    rows, columns = np.indices(images.image_shape[1:]).astype(float)
    unit = float(min(images.image_shape[1:]))
    for image, mask in zip(changed, masks, strict=True):
        brightest = image.max(0)
        inside = np.argwhere(brightest >= brightest.mean())
        row, column = inside[draws.integers(len(inside))]
        cover = DEFECTS[kind](rows - row, columns - column, draws, unit)
        # Towards the farther end of the scale, so that the defect can be seen, at its middle at least.
        sign = -1 if brightest[row, column] > 127 else 1
        after = np.clip(image + sign * draws.uniform(*STRENGTHS) * cover, 0, 255).round().astype(np.uint8)
        mask[:] = (cover >= COVERED) & (np.abs(after.astype(int) - image).max(0) >= CHANGED)
        image[:] = after
    return Defective(ImageSet(changed, images.labels, images.classes), masks)


def localise(maps: Callable[[ImageSet], Maps], defects: Mapping[str, Defective]) -> Localisation:
    """Localise each kind of defect by anomaly maps.

    Args:
        maps: images -> maps (N, H, W), higher is more anomalous.
    """
    found = {kind: maps(one.images) for kind, one in defects.items()}
    areas = {kind: auc(found[kind].ravel(), one.masks.ravel()) for kind, one in defects.items()}
    return Localisation(areas | {"mean": float(np.mean(list(areas.values())))}, found)
