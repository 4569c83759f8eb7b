"""Images decoded from latent codes that no image was encoded to."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from hourglass.reporting.language import say
from hourglass.reporting.plots.ground import white
from hourglass.reporting.plots.image_grid import DENSE_SIDE, Images, image_grid, mosaic
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.results import Result

# Images in a row, where there are fewer classes than a few.
COLUMNS, FEW = 10, 5


def samples(images: Images, classes: Sequence[str], ordered: bool) -> Figure:
    """All generated images, as many in a row as there are classes, or more if these are few and they are unordered.

    Args:
        ordered: whether they were made class by class, so that each column is a class.
    """
    return mosaic(images, len(classes) if ordered else _columns(classes), classes if ordered else ())


def first_samples(results: Sequence[Result], classes: Sequence[str]) -> Figure:
    """A row per variant: its first samples, and where their latent codes come from."""
    return image_grid(
        [
            (
                f"{result.name}, {say(LABELS.prior if result.has_prior else LABELS.gaussian)}",
                result.examples["samples"][: _columns(classes)],
            )
            for result in results
        ]
    )


def interpolations(results: Sequence[Result]) -> Figure:
    """Steps from one image to another, each pair of images by one variant after the other."""
    pairs = len(results[0].examples["interpolations"])
    named = len(results) > 1
    return image_grid(
        [
            (result.name if named else "", result.examples["interpolations"][pair])
            for pair in range(pairs)
            for result in results
        ]
    )


def manifolds(results: Sequence[Result]) -> Figure:
    """What the decoder makes of each place of the latent plane; the first latent dimension grows to the right.

    Planes of several variants stand side by side.
    """
    planes: list[Images] = []
    titles: list[str] = []
    for result in results:
        plane = result.examples["manifold"][::-1]  # (rows, columns, C, H, W); the second dimension grows upwards
        if planes:
            planes.append(np.full_like(plane[:, :1], white(plane.shape[2])))
            titles.append("")
        planes.append(plane)
        titles += _above_middle(result.name, plane.shape[1])
    rows = [("", row) for row in np.concatenate(planes, axis=1)]
    return image_grid(rows, titles if len(results) > 1 else (), DENSE_SIDE, 0)


def _columns(classes: Sequence[str]) -> int:
    return len(classes) if len(classes) >= FEW else COLUMNS


def _above_middle(name: str, columns: int) -> list[str]:
    """Titles of columns, only the middle one named."""
    return [name if column == columns // 2 else "" for column in range(columns)]
