"""How well anomaly maps find local defects that were put on normal images: pixel by pixel.

Defects are synthetic, so that every anomalous pixel is known: a patch of another grey, a scratch, a stain. They fall
on what is shown, not beside it, with a size and a strength drawn for each image.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

Images = NDArray[np.uint8]
Masks = NDArray[np.bool_]
Figures = dict[str, float]
Shown = dict[str, NDArray[np.generic]]
Field = NDArray[np.float64]
# Rows and columns from the middle of the defect, a generator, and the image's shorter side -> how much of the defect
# falls on each pixel, in [0, 1].
Shape = Callable[[Field, Field, np.random.Generator, float], Field]

# A pixel belongs to the defect where at least this much of it does and its grey changes by at least so much.
COVERED, CHANGED = 0.5, 20
# Brighter or darker by this much, of 255.
STRENGTHS = (60, 160)
SHOWN = 3


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


def damage(images: Images, kind: str, seed: int) -> tuple[Images, Masks]:
    """Put one defect on each of uint8 images (N, C, H, W).

    Returns:
        The images, and which of their pixels belong to the defect (N, H, W): at least one in each image.
    """
    draws = np.random.default_rng(seed)
    damaged, masks = images.copy(), np.zeros((len(images), *images.shape[2:]), bool)
    rows, columns = np.indices(images.shape[2:]).astype(float)
    unit = float(min(images.shape[2:]))
    for image, mask in zip(damaged, masks, strict=True):
        shown = image.max(0)
        inside = np.argwhere(shown >= shown.mean())
        row, column = inside[draws.integers(len(inside))]
        cover = DEFECTS[kind](rows - row, columns - column, draws, unit)
        # Towards the end of the scale that is farther away, so that the defect can be seen, at its middle at least.
        sign = -1 if shown[row, column] > 127 else 1
        changed = np.clip(image + sign * draws.uniform(*STRENGTHS) * cover, 0, 255).round().astype(np.uint8)
        mask[:] = (cover >= COVERED) & (np.abs(changed.astype(int) - image).max(0) >= CHANGED)
        image[:] = changed
    return damaged, masks


def trial(maps_of: Callable[[Images], NDArray[np.floating]], images: Images, seed: int) -> tuple[Figures, Shown]:
    """Put each kind of defect on normal images (N, C, H, W), and see how well maps find it.

    Args:
        maps_of: images (N, C, H, W) -> maps (N, H, W), higher is stranger.

    Returns:
        For each kind of defect, and as their mean, the ROC-AUC over all pixels of all images: the probability that a
        pixel of the defect is marked as stranger than one that is none; 0.5 is chance. And for each kind the first
        SHOWN images with the defect, their maps and where the defect is.
    """
    figures: Figures = {}
    shown: Shown = {}
    for kind in DEFECTS:
        damaged, masks = damage(images, kind, seed)
        maps = maps_of(damaged)
        figures[kind] = float(roc_auc_score(masks.ravel(), maps.ravel()))
        shown |= {f"{kind}_images": damaged[:SHOWN], f"{kind}_maps": maps[:SHOWN], f"{kind}_masks": masks[:SHOWN]}
    return figures | {"mean": float(np.mean(list(figures.values())))}, shown
