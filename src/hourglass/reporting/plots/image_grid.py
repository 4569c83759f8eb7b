"""Images in rows and columns of one figure."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hourglass.reporting.plots.style import DPI

Images = NDArray[np.floating]
NamedImages = tuple[str, Images]

# In pixels of the picture. An image of 28 x 28 is shown at twice its size, so that no pixel of it is blurred, and in
# a dense grid at its own.
SIDE, GAP, DENSE_SIDE = 56, 10, 28
LETTER, TITLES = 10, 24


def image_grid(rows: Sequence[NamedImages], titles: Sequence[str] = (), side: int = SIDE, gap: int = GAP) -> Figure:
    """Named rows of images (K, C, H, W), under titles of columns.

    Args:
        side, gap: of each image, and between images, in pixels of the picture.
    """
    cell, columns = side + gap, max(len(images) for _, images in rows)
    longest, top = max(len(name) for name, _ in rows), TITLES * bool(titles)
    # Titles may be wider than their images.
    left = LETTER * (longest + 1) if longest else top // 2
    right, bottom = cell * columns, cell * len(rows)
    figure = Figure(figsize=((left + right) / DPI, (top + bottom) / DPI))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(-left, right), ylim=(bottom, -top))
    axis.axis("off")
    axis.set_autoscale_on(False)
    tiled = _tiled([images for _, images in rows], side, gap)
    extent = (0, right, bottom, 0)
    axis.imshow(tiled, cmap="gray_r", vmin=0, vmax=1, extent=extent, aspect="auto", interpolation="nearest")
    for row, (name, _) in enumerate(rows):
        axis.text(-6, cell * row + side / 2, name, ha="right", va="center")
    for column, title in enumerate(titles):
        axis.text(cell * column + side / 2, -5, title, ha="center", va="bottom", fontsize=7)
    return figure


def mosaic(images: Images, columns: int, titles: Sequence[str] = ()) -> Figure:
    """Images (N, C, H, W) in as many rows as they need, under titles of columns."""
    return image_grid([("", images[start : start + columns]) for start in range(0, len(images), columns)], titles)


def enlarged(image: Images, side: int) -> Images:
    """(C, H, W) -> (C, side, side), by repeating pixels."""
    y, x = (np.arange(side) * size // side for size in image.shape[1:])
    return image[:, y[:, None], x]


def paper(channels: int) -> float:
    """The value of white: grey images are shown dark on white, like print."""
    return 1 if channels == 3 else 0


def _tiled(rows: Sequence[Images], side: int, gap: int) -> NDArray[np.float32]:
    """All images as a single one, (H, W) or (H, W, 3): one for each takes matplotlib minutes."""
    cell, channels = side + gap, rows[0].shape[1]
    columns = max(len(images) for images in rows)
    tiled = np.full((channels, cell * len(rows), cell * columns), paper(channels), np.float32)
    for row, images in enumerate(rows):
        for column, image in enumerate(images):
            place = slice(cell * row, cell * row + side), slice(cell * column, cell * column + side)
            tiled[:, *place] = enlarged(image, side).clip(0, 1)
    return tiled.transpose(1, 2, 0) if channels == 3 else tiled[0]
