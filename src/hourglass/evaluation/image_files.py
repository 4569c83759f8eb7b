"""How many bytes images take as PNG and WebP files: one file per image, or one sheet of all of them.

A file of a 28 x 28 image is mostly header. The sheet shows what is left without.
"""

import io
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hourglass.data.imageset import to_unit
from hourglass.evaluation.image_quality import psnr

Pixels = NDArray[np.uint8]

# WebP at its lowest quality is still better than a short latent code: it may also shrink the image, each way, and
# enlarge it again.
SHRINKINGS = (1, 2, 4)


@dataclass(frozen=True)
class FileSizes:
    """Bytes per image, and what WebP loses.

    png_bytes: without loss. webp_bytes: of the smallest WebP with the requested PSNR, of the image or of one shrunk 2
    or 4 times. webp_psnr: its PSNR, which is lower only where no WebP reaches it.
    """

    png_bytes: float
    webp_bytes: float
    webp_psnr: float


def file_sizes(images: Pixels, least: float) -> FileSizes:
    """Write each image of (N, C, H, W) as a file of its own; WebP with a mean PSNR of `least`, in dB."""
    return _file_sizes(_as_pillow(images), lambda pixels: pixels, images, least)


def sheet_sizes(images: Pixels, least: float) -> FileSizes:
    """The same for one sheet of all images; bytes are divided by N."""
    return _file_sizes(_as_pillow(tiled(images)), lambda sheet: untiled(sheet, images.shape), images, least)


def tiled(images: Pixels) -> Pixels:
    """Images (N, C, H, W) side by side in rows, as one nearly square image (1, C, h, w); what is left over is black."""
    count, channels, height, width = images.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    full = np.concatenate([images, np.zeros((rows * columns - count, channels, height, width), np.uint8)])
    grid = full.reshape(rows, columns, channels, height, width).transpose(2, 0, 3, 1, 4)
    return grid.reshape(1, channels, rows * height, columns * width)


def untiled(sheet: Pixels, shape: tuple[int, ...]) -> Pixels:
    """The images of the given shape (N, C, H, W) that `tiled` made a sheet of."""
    count, channels, height, width = shape
    rows, columns = sheet.shape[2] // height, sheet.shape[3] // width
    grid = sheet.reshape(channels, rows, height, columns, width).transpose(1, 3, 0, 2, 4)
    return grid.reshape(-1, channels, height, width)[:count]


def _file_sizes(
    pictures: list[Image.Image], split: Callable[[Pixels], Pixels], images: Pixels, least: float
) -> FileSizes:
    """Sizes of files of `pictures`; `split` gets `images` back from their pixels."""
    webp, webp_psnr = _webp(pictures, split, images, least)
    png = sum(map(len, _files(pictures, "PNG", optimize=True)))
    return FileSizes(png / len(images), webp / len(images), webp_psnr)


def _as_pillow(images: Pixels) -> list[Image.Image]:
    """Images (N, C, H, W) of one or three channels."""
    return [Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0)) for image in images]


def _files(pictures: list[Image.Image], kind: str, **options: int) -> list[bytes]:
    files = []
    for picture in pictures:
        file = io.BytesIO()
        picture.save(file, kind, **options)
        files.append(file.getvalue())
    return files


def _webp(
    pictures: list[Image.Image], split: Callable[[Pixels], Pixels], images: Pixels, least: float
) -> tuple[int, float]:
    """Bytes and PSNR of the smallest WebP with a mean PSNR of `least`, or of the best one if there is none."""
    found = [_webp_shrunk(pictures, split, images, least, factor) for factor in SHRINKINGS]
    enough = [at for at in found if at[1] >= least]
    return min(enough) if enough else max(found, key=lambda at: at[1])


def _webp_shrunk(
    pictures: list[Image.Image], split: Callable[[Pixels], Pixels], images: Pixels, least: float, factor: int
) -> tuple[int, float]:
    """The same of pictures that are `factor` times smaller each way: the lowest quality that is enough, or 100."""
    small = [
        picture.resize([max(1, side // factor) for side in picture.size], Image.Resampling.BOX) for picture in pictures
    ]

    def at(quality: int) -> tuple[int, float]:
        files = _files(small, "WEBP", quality=quality)
        # WebP knows no grey images: it returns three channels.
        read = [Image.open(io.BytesIO(file)).convert(pictures[0].mode) for file in files]
        large = [
            np.asarray(image.resize(picture.size, Image.Resampling.BICUBIC))
            for image, picture in zip(read, pictures, strict=True)
        ]
        back = np.stack(large).reshape(*np.shape(large)[:3], -1).transpose(0, 3, 1, 2)
        found = psnr(to_unit(images, np.float64), to_unit(split(back), np.float64))
        return sum(map(len, files)), float(found.mean())

    low, high = 0, 100
    # Where the highest quality is not enough, the others need no trial.
    if (best := at(high))[1] < least:
        return best
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if at(middle)[1] >= least else (middle + 1, high)
    return at(low)
