"""Images in rows and columns of one figure."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from hourglass.reporting.plots.ground import photographs, white
from hourglass.reporting.plots.style import DPI

Images = NDArray[np.floating]
NamedImages = tuple[str, Images]

# In pixels of the picture. Images are shown at a multiple of their size near SIDE, so that no pixel of them is blurred;
# those larger than LARGEST are reduced. In a dense grid all have the same side.
SIDE, LARGEST, GAP, DENSE_SIDE = 56, 112, 10, 28
LETTER, TITLES = 10, 24


def image_grid(rows: Sequence[NamedImages], titles: Sequence[str] = (), side: int = 0, gap: int = GAP) -> Figure:
    """Named rows of images (K, C, H, W), under titles of columns.

    Args:
        side, gap: of each image, and between images, in pixels of the picture; side 0: as `side_of` says.
    """
    side = side or side_of(rows[0][1].shape[2])
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
    colours = "gray" if photographs() else "gray_r"
    axis.imshow(tiled, cmap=colours, vmin=0, vmax=1, extent=extent, aspect="auto", interpolation="nearest")
    for row, (name, _) in enumerate(rows):
        axis.text(-6, cell * row + side / 2, name, ha="right", va="center")
    for column, title in enumerate(titles):
        axis.text(cell * column + side / 2, -5, title, ha="center", va="bottom", fontsize=7)
    return figure


def mosaic(images: Images, columns: int, titles: Sequence[str] = ()) -> Figure:
    """Images (N, C, H, W) in as many rows as they need, under titles of columns."""
    return image_grid([("", images[start : start + columns]) for start in range(0, len(images), columns)], titles)


def side_of(size: int) -> int:
    """Pixels of the picture for an image of so many pixels."""
    return min(size * max(1, round(SIDE / size)), LARGEST)


def resized(image: Images, side: int) -> Images:
    """(C, H, W) -> (C, side, side): pixels are repeated, or averaged where the image is larger."""
    if max(image.shape[1:]) > side:
        channels = [Image.fromarray(channel.astype(np.float32)) for channel in image]
        return np.stack([np.asarray(channel.resize((side, side), Image.Resampling.BOX)) for channel in channels])
    y, x = (np.arange(side) * size // side for size in image.shape[1:])
    return image[:, y[:, None], x]


def _tiled(rows: Sequence[Images], side: int, gap: int) -> NDArray[np.float32]:
    """All images as a single one, (H, W) or (H, W, 3): one for each takes matplotlib minutes."""
    cell, channels = side + gap, rows[0].shape[1]
    columns = max(len(images) for images in rows)
    tiled = np.full((channels, cell * len(rows), cell * columns), white(channels), np.float32)
    for row, images in enumerate(rows):
        for column, image in enumerate(images):
            place = slice(cell * row, cell * row + side), slice(cell * column, cell * column + side)
            tiled[:, *place] = resized(image, side).clip(0, 1)
    return tiled.transpose(1, 2, 0) if channels == 3 else tiled[0]
