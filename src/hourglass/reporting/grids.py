"""Pictures made of images in rows and columns: results in, matplotlib figures out."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hourglass.reporting.results import Result
from hourglass.reporting.style import DPI

Images = NDArray[np.floating]

# In pixels of the picture: an image of 28 x 28 is shown at twice its size, so that no pixel of it is blurred, and
# in a dense grid at its own.
IMAGE, GAP, DENSE, LETTER, TITLES = 56, 10, 28, 10, 24
COLUMNS = 16


def reconstructions(results: Sequence[Result], classes: Sequence[str]) -> Figure:
    """One column a class: the original on top, below it each variant's reconstruction."""
    rows = [("original", results[0].examples["originals"])]
    return in_rows([*rows, *((result.name, result.examples["reconstructions"]) for result in results)], classes)


def restorations(results: Sequence[Result], classes: Sequence[str]) -> Figure:
    """One column a class: the original; for each variant what it was shown (hidden pixels grey), and its answer."""
    rows = [("original", results[0].examples["restoration_originals"])]
    for result in results:
        rows.append(("shown", np.nan_to_num(result.examples["restoration_observed"], nan=0.5)))
        rows.append((result.name, result.examples["restoration_restored"]))
    return in_rows(rows, classes)


def first_samples(results: Sequence[Result], classes: Sequence[str]) -> Figure:
    """A row a variant: as many of its samples as there are classes, and where their codes come from."""
    rows = [
        (f"{result.name}, {'Gaussian' if result.plain else 'prior'}", result.examples["samples"][: len(classes)])
        for result in results
    ]
    return in_rows(rows)


def samples(images: Images, classes: Sequence[str], ordered: bool) -> Figure:
    """All generated images, as many in a row as there are classes.

    Args:
        ordered: whether they were made class by class, so that each column is a class.
    """
    return _mosaic(images, len(classes), classes if ordered else ())


def units(result: Result) -> Figure:
    """What each of the most used units of a sparse code responds to."""
    return _mosaic(result.examples["units"], COLUMNS)


def journeys(results: Sequence[Result]) -> Figure:
    """Steps from one image to another, by each of the variants in turn."""
    pairs = len(results[0].examples["interpolations"])
    many = len(results) > 1
    return in_rows(
        [(result.name * many, result.examples["interpolations"][pair]) for pair in range(pairs) for result in results]
    )


def manifolds(results: Sequence[Result]) -> Figure:
    """What lies at every place of each code of two numbers, side by side; the first number grows to the right."""
    grids = [result.examples["manifold"] for result in results]
    apart = np.full_like(grids[0][:, :1], _white(grids[0].shape[2]))
    planes = [part for grid in grids for part in (grid[::-1], apart)][:-1]
    titles: list[str] = []
    for result, grid in zip(results, grids, strict=True):
        columns = [""] * (grid.shape[1] + 1)
        columns[grid.shape[1] // 2] = result.name
        titles += columns
    rows = [("", row) for row in np.concatenate(planes, axis=1)]
    return in_rows(rows, titles[:-1] if len(results) > 1 else (), DENSE, 0)


def _mosaic(images: Images, columns: int, titles: Sequence[str] = ()) -> Figure:
    return in_rows([("", images[start : start + columns]) for start in range(0, len(images), columns)], titles)


def in_rows(
    rows: Sequence[tuple[str, Images]], titles: Sequence[str] = (), side: int = IMAGE, gap: int = GAP
) -> Figure:
    """Named rows of images (K, C, H, W), under titles of columns.

    Args:
        side, gap: of each image, and between images, in pixels of the picture.
    """
    cell, count = side + gap, max(len(images) for _, images in rows)
    longest, top = max(len(name) for name, _ in rows), TITLES * bool(titles)
    # Titles may be wider than their images.
    left = LETTER * (longest + 1) if longest else top // 2
    width, height = left + cell * count, top + cell * len(rows)
    figure = Figure(figsize=(width / DPI, height / DPI))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(-left, cell * count), ylim=(cell * len(rows), -top))
    axis.axis("off")
    axis.set_autoscale_on(False)
    # One picture in pixels, since one for each image takes matplotlib minutes.
    channels = rows[0][1].shape[1]
    sheet = np.full((channels, cell * len(rows), cell * count), _white(channels), np.float32)
    for line, (name, images) in enumerate(rows):
        axis.text(-6, cell * line + side / 2, name, ha="right", va="center")
        for column, image in enumerate(images):
            place = slice(cell * line, cell * line + side), slice(cell * column, cell * column + side)
            sheet[:, *place] = enlarged(image, side).clip(0, 1)
    shown = sheet.transpose(1, 2, 0) if channels == 3 else sheet[0]
    extent = (0, cell * count, cell * len(rows), 0)
    axis.imshow(shown, cmap="gray_r", vmin=0, vmax=1, extent=extent, aspect="auto", interpolation="nearest")
    for column, title in enumerate(titles):
        axis.text(cell * column + side / 2, -5, title, ha="center", va="bottom", fontsize=7)
    return figure


def enlarged(image: Images, side: int) -> Images:
    """(C, H, W) -> (C, side, side), by repeating pixels."""
    y, x = (np.arange(side) * size // side for size in image.shape[1:])
    return image[:, y[:, None], x]


def _white(channels: int) -> float:
    """The paper's colour: grey images are shown dark on white, like print."""
    return 1 if channels == 3 else 0
