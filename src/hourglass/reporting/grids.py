"""Pictures made of images in rows and columns: results in, matplotlib figures out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hourglass.reporting.results import Result
from hourglass.reporting.style import DPI

Images = NDArray[np.floating]

# In pixels of the picture: an image of 28 x 28 is shown at twice its size, so that no pixel of it is blurred.
IMAGE, CELL, LETTER, TITLES = 56, 66, 10, 24
COLUMNS = 16


def reconstructions(results: Sequence[Result], classes: Sequence[str]) -> Figure:
    """One column a class: the original on top, below it each variant's reconstruction."""
    rows = [("original", results[0].examples["originals"])]
    return _rows([*rows, *((result.name, result.examples["reconstructions"]) for result in results)], classes)


def restorations(results: Sequence[Result], classes: Sequence[str]) -> Figure:
    """One column a class: the original; for each variant what it was shown (hidden pixels grey), and its answer."""
    rows = [("original", results[0].examples["restoration_originals"])]
    for result in results:
        rows.append(("shown", np.nan_to_num(result.examples["restoration_observed"], nan=0.5)))
        rows.append((result.name, result.examples["restoration_restored"]))
    return _rows(rows, classes)


def first_samples(results: Sequence[Result], classes: Sequence[str]) -> Figure:
    """A row a variant: as many of its samples as there are classes."""
    return _rows([(result.name, result.examples["samples"][: len(classes)]) for result in results])


def samples(result: Result) -> Figure:
    """All images decoded from draws of the prior."""
    return _mosaic(result.examples["samples"])


def units(result: Result) -> Figure:
    """What each of the most used units of a sparse code responds to."""
    return _mosaic(result.examples["units"])


def _mosaic(images: Images) -> Figure:
    return _rows([("", images[start : start + COLUMNS]) for start in range(0, len(images), COLUMNS)])


def _rows(rows: Sequence[tuple[str, Images]], titles: Sequence[str] = ()) -> Figure:
    """Named rows of images (K, C, H, W), under titles of columns."""
    count = max(len(images) for _, images in rows)
    left, top = LETTER * max(len(name) + 1 for name, _ in rows), TITLES * bool(titles)
    width, height = left + CELL * count, top + CELL * len(rows)
    figure = Figure(figsize=(width / DPI, height / DPI))
    axis = figure.add_axes((0, 0, 1, 1))
    # One axis in pixels, since an axis for each image takes matplotlib minutes to lay out.
    axis.set(xlim=(-left, CELL * count), ylim=(CELL * len(rows), -top))
    axis.axis("off")
    axis.set_autoscale_on(False)
    for line, (name, images) in enumerate(rows):
        axis.text(-6, CELL * line + IMAGE / 2, name, ha="right", va="center")
        for column, image in enumerate(images):
            _show(axis, image, (CELL * column, CELL * line))
    for column, title in enumerate(titles):
        axis.text(CELL * column + IMAGE / 2, -5, title, ha="center", va="bottom", fontsize=7)
    return figure


def _show(axis: Axes, image: Images, corner: tuple[int, int]) -> None:
    """Draw one image (C, H, W), clipped to [0, 1]; one channel in grey, dark on white like print."""
    x, y = corner
    place: dict[str, Any] = {"extent": (x, x + IMAGE, y + IMAGE, y), "aspect": "auto", "interpolation": "nearest"}
    if image.shape[0] == 3:
        axis.imshow(image.transpose(1, 2, 0).clip(0, 1), **place)
    else:
        axis.imshow(image[0].clip(0, 1), cmap="gray_r", vmin=0, vmax=1, **place)
