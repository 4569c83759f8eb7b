"""How small images get as codes: bytes after entropy coding, beside PNG and WebP of the same images.

Real numbers are rounded to multiples of a step, the same for all dimensions: a decoder whose dimensions weigh alike
loses least by it, and dimensions that hardly vary become zeros, which cost next to nothing. Entries of a codebook
are whole numbers already. The decoder itself is not counted, as it is not for PNG and WebP.

All codes go into one file, one dimension after the other, so that an adaptive coder (LZMA's range coder, of Python's
standard library) learns how often each value occurs; the overhead of the file and of what it learns is counted, and
shared by all images. PNG and WebP are written as one file an image, and as one sheet of all images: a file of a
28 x 28 image is to a good part header, and the sheet shows what is left without.
"""

import io
import lzma
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hourglass.evaluation.intervals import mean_interval
from hourglass.evaluation.reconstruction import psnr

Images = NDArray[np.uint8]
Codes = NDArray[np.floating]
Indices = NDArray[np.integer]
Decode = Callable[[NDArray[np.float32]], NDArray[np.floating]]

# What rounding may cost, in dB.
LOSS = 0.1
# The first images count; WebP tries seven qualities on each of them, at each size.
JUDGED = 1_000
# WebP at its worst is better than a short code: it may also shrink the image, each way, and enlarge it again.
SHRINKINGS = (1, 2, 4)
# Steps are tried between the largest deviation of a dimension times 2^4 and times 2^-12, to a twelfth of an octave.
COARSEST, FINEST, FRACTIONS = 4, -12, 12


def choose_step(codes: Codes, images: Images, decode: Decode) -> float:
    """The largest step that rounding codes (N, D) to its multiples costs 0.1 dB of PSNR at most.

    To be chosen on validation images, the first 1,000 of them.

    Args:
        images: what the codes stand for, uint8 (N, C, H, W).
        decode: codes (N, D), all at once and in order -> images (N, C, H, W) in [0, 1].
    """
    codes, x = codes[:JUDGED], images[:JUDGED] / 255
    least = float(psnr(x, decode(codes.astype(np.float32))).mean()) - LOSS
    # The loss grows with the step, so that halving the range finds the last one that is small enough.
    low, high = FINEST * FRACTIONS, COARSEST * FRACTIONS
    largest = float(codes.std(0).max())
    while high - low > 1:
        middle = (low + high) // 2
        step = largest * 2 ** (middle / FRACTIONS)
        if psnr(x, decode(restored(rounded(codes, step), step))).mean() >= least:
            low = middle
        else:
            high = middle
    return largest * 2 ** (low / FRACTIONS)


def measure(codes: Codes, images: Images, decode: Decode, step: float, seed: int) -> dict[str, Any]:
    """Compress the first 1,000 of codes (N, D) of images, uint8 (N, C, H, W), rounded to multiples of `step`.

    Args:
        decode: codes (N, D), all at once and in order -> images (N, C, H, W) in [0, 1].

    Returns:
        As `compare` does.
    """
    symbols = rounded(codes[:JUDGED], step)
    return compare(symbols, images[:JUDGED], decode(restored(symbols, step)), seed)


def measure_indices(
    indices: Indices, images: Images, decode: Callable[[Indices], NDArray[np.floating]], seed: int
) -> dict[str, Any]:
    """Compress the first 1,000 of codes of codebook entries' numbers (N, length); else as `measure`."""
    return compare(indices[:JUDGED], images[:JUDGED], decode(indices[:JUDGED]), seed)


def compare(symbols: Indices, images: Images, decoded: NDArray[np.floating], seed: int) -> dict[str, Any]:
    """Compare whole-numbered codes (N, D) with files of the images they stand for.

    Returns:
        bytes_per_image: of the codes, entropy-coded together, and divided by N.
        psnr: of what is decoded from them, in dB; psnr_ci: its 95% bootstrap interval over the images.
        png_bytes: of an image as a PNG file of its own, on average: without loss.
        webp_bytes: as a WebP file of its own, the smallest that reaches `psnr`, of the image or of one shrunk 2 or 4
            times; webp_psnr: what it reaches, less than `psnr` only where no WebP is as good.
        png_sheet_bytes, webp_sheet_bytes, webp_sheet_psnr: the same of one sheet of all images, divided by N.
    """
    found = psnr(images / 255, decoded)
    least, count = float(found.mean()), len(images)
    single, sheet = _pictures(images), _pictures(tiled(images))
    webp, webp_psnr = _webp(single, lambda pictures: pictures, images, least)
    webp_sheet, webp_sheet_psnr = _webp(sheet, lambda pictures: untiled(pictures, images.shape), images, least)
    return {
        "bytes_per_image": len(packed(symbols)) / count,
        "psnr": least,
        "psnr_ci": mean_interval(found, seed),
        "png_bytes": sum(map(len, _files(single, "PNG", optimize=True))) / count,
        "webp_bytes": webp / count,
        "webp_psnr": webp_psnr,
        "png_sheet_bytes": sum(map(len, _files(sheet, "PNG", optimize=True))) / count,
        "webp_sheet_bytes": webp_sheet / count,
        "webp_sheet_psnr": webp_sheet_psnr,
    }


def rounded(codes: Codes, step: float) -> NDArray[np.int64]:
    """Codes (N, D) in steps, to the nearest whole one."""
    return np.rint(codes / step).astype(np.int64)


def restored(symbols: NDArray[np.int64], step: float) -> NDArray[np.float32]:
    """The codes (N, D) that `rounded` symbols stand for."""
    return (symbols * step).astype(np.float32)


def packed(symbols: Indices) -> bytes:
    """Whole numbers (N, D) as one file: the least of each dimension, then what each number exceeds it by."""
    least = symbols.min(0)
    above = symbols - least
    narrow = above.T.astype(np.min_scalar_type(above.max()))
    return lzma.compress(least.astype(np.int32).tobytes() + narrow.tobytes())


def tiled(images: Images) -> Images:
    """Images (N, C, H, W) side by side in rows, as one nearly square image (1, C, h, w); what is left over is black."""
    count, channels, height, width = images.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    full = np.concatenate([images, np.zeros((rows * columns - count, channels, height, width), np.uint8)])
    grid = full.reshape(rows, columns, channels, height, width).transpose(2, 0, 3, 1, 4)
    return grid.reshape(1, channels, rows * height, columns * width)


def untiled(sheet: Images, shape: tuple[int, ...]) -> Images:
    """The images of the given shape (N, C, H, W) that `tiled` made a sheet of."""
    count, channels, height, width = shape
    rows, columns = sheet.shape[2] // height, sheet.shape[3] // width
    grid = sheet.reshape(channels, rows, height, columns, width).transpose(1, 3, 0, 2, 4)
    return grid.reshape(-1, channels, height, width)[:count]


def _pictures(images: Images) -> list[Image.Image]:
    """Images (N, C, H, W) of one or three channels, for Pillow."""
    return [Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0)) for image in images]


def _files(pictures: list[Image.Image], kind: str, **options: int) -> list[bytes]:
    files = []
    for picture in pictures:
        file = io.BytesIO()
        picture.save(file, kind, **options)
        files.append(file.getvalue())
    return files


def _webp(
    pictures: list[Image.Image], split: Callable[[Images], Images], images: Images, least: float
) -> tuple[int, float]:
    """Bytes and PSNR of the smallest WebP with a PSNR of `least` on average, or of the best one if there is none."""
    found = [_webp_at(pictures, split, images, least, factor) for factor in SHRINKINGS]
    enough = [at for at in found if at[1] >= least]
    return min(enough) if enough else max(found, key=lambda at: at[1])


def _webp_at(
    pictures: list[Image.Image], split: Callable[[Images], Images], images: Images, least: float, factor: int
) -> tuple[int, float]:
    """The same of pictures that are `factor` times smaller each way: the lowest quality that is enough, or 100."""
    small = [
        picture.resize([max(1, side // factor) for side in picture.size], Image.Resampling.BOX) for picture in pictures
    ]

    def at(quality: int) -> tuple[int, float]:
        files = _files(small, "WEBP", quality=quality)
        # WebP knows no grey images: they come back with three channels.
        read = [Image.open(io.BytesIO(file)).convert(pictures[0].mode) for file in files]
        large = [
            np.asarray(image.resize(picture.size, Image.Resampling.BICUBIC))
            for image, picture in zip(read, pictures, strict=True)
        ]
        back = np.stack(large).reshape(*np.shape(large)[:3], -1).transpose(0, 3, 1, 2)
        return sum(map(len, files)), float(psnr(images / 255, split(back) / 255).mean())

    low, high = 0, 100
    # Where the highest quality is not enough, the others need no trial.
    if (best := at(high))[1] < least:
        return best
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if at(middle)[1] >= least else (middle + 1, high)
    return at(low)
