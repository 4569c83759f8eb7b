"""How many bytes images take as PNG and WebP files: one file per image, or one sheet of all of them.

A file of a 28 x 28 image is mostly header. The sheet shows what is left without.

What WebP reaches at each quality does not depend on a network. So it is measured once, and the smallest file with the
PSNR of a network's reconstructions is looked up.
"""

import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hourglass.core.files import read_json, write_json
from hourglass.data.imageset import to_unit
from hourglass.evaluation.image_quality import psnr

Pixels = NDArray[np.uint8]
Arrangement = Literal["single", "sheet"]

# The first images count, each at every quality and size that may pay.
COMPRESSED = 1_000
# WebP at its lowest quality is still better than a short latent code: it may also shrink the image, each way, and
# enlarge it again.
SHRINKINGS = (1, 2, 4)
# Of 100. Latent codes compete with the lowest, which are tried in steps of one.
QUALITIES = (*range(20), *range(20, 101, 8))


@dataclass(frozen=True)
class Webp:
    """WebP files at one quality: bytes per image, and their mean PSNR in dB."""

    bytes: float
    psnr: float


@dataclass(frozen=True)
class FileSizes:
    """Files of the same images.

    png_bytes: per image, without loss.
    webp: from the smallest files to the best ones, of images or of images shrunk 2 or 4 times; without those that
        smaller files equal or exceed in PSNR.
    """

    png_bytes: float
    webp: Sequence[Webp]

    def smallest_webp(self, least: float) -> Webp:
        """The smallest files with a mean PSNR of `least` in dB, or the best ones if none reach it."""
        return next((files for files in self.webp if files.psnr >= least), self.webp[-1])


def measure(images: Pixels) -> dict[Arrangement, FileSizes]:
    """Write images (N, C, H, W) as files of their own (`single`), and as one file of all (`sheet`)."""
    return {
        "single": _file_sizes(_as_pillow(images), lambda pixels: pixels, images),
        "sheet": _file_sizes(_as_pillow(tiled(images)), lambda sheet: untiled(sheet, images.shape), images),
    }


def save(files: Mapping[Arrangement, FileSizes], path: Path) -> None:
    """Write what `measure` returned as JSON."""
    write_json(path, {name: asdict(sizes) for name, sizes in files.items()})


def load(path: Path) -> dict[Arrangement, FileSizes]:
    """Read what `save` wrote.

    Raises:
        HourglassError: the file is missing or is not JSON.
    """
    return {
        name: FileSizes(sizes["png_bytes"], [Webp(**files) for files in sizes["webp"]])
        for name, sizes in read_json(path).items()
    }


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


def _file_sizes(pictures: list[Image.Image], split: Callable[[Pixels], Pixels], images: Pixels) -> FileSizes:
    """Sizes of files of `pictures`; `split` gets `images` back from their pixels."""
    png = sum(map(len, _files(pictures, "PNG", optimize=True)))
    webp: list[Webp] = []
    larger = Webp(math.inf, 0)
    for factor in SHRINKINGS:
        found = list(_webp(pictures, split, images, factor, larger))
        webp += found
        larger = found[0]
    return FileSizes(png / len(images), efficient(webp))


def efficient(files: Sequence[Webp]) -> list[Webp]:
    """Those that are better than all smaller ones, from small to large."""
    kept: list[Webp] = []
    for one in sorted(files, key=lambda one: (one.bytes, -one.psnr)):
        if not kept or one.psnr > kept[-1].psnr:
            kept.append(one)
    return kept


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
    pictures: list[Image.Image], split: Callable[[Pixels], Pixels], images: Pixels, factor: int, larger: Webp
) -> Iterator[Webp]:
    """WebP files of pictures that are `factor` times smaller each way, from the lowest quality to the highest.

    Args:
        larger: the lowest quality of pictures that are shrunk less. Files of its size that cannot be as good are not
            written.
    """
    small = [
        picture.resize([max(1, side // factor) for side in picture.size], Image.Resampling.BOX) for picture in pictures
    ]
    original = to_unit(images, np.float64)

    def at(quality: int) -> Webp:
        files = _files(small, "WEBP", quality=quality)
        back = split(_read(files, pictures))
        return Webp(sum(map(len, files)) / len(images), float(psnr(original, to_unit(back, np.float64)).mean()))

    best = at(QUALITIES[-1])
    for quality in QUALITIES[:-1]:
        found = at(quality)
        yield found
        if found.bytes >= larger.bytes and best.psnr <= larger.psnr:
            return
    yield best


def _read(files: list[bytes], pictures: list[Image.Image]) -> Pixels:
    """WebP files as pixels (N, C, H, W), at the size and with the channels of `pictures`."""
    # WebP knows no grey images: it returns three channels.
    read = [Image.open(io.BytesIO(file), formats=["WEBP"]).convert(pictures[0].mode) for file in files]
    large = [
        np.asarray(image.resize(picture.size, Image.Resampling.BICUBIC))
        for image, picture in zip(read, pictures, strict=True)
    ]
    return np.stack(large).reshape(*np.shape(large)[:3], -1).transpose(0, 3, 1, 2)
