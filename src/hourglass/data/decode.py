"""One image file, or its mask -> pixels of one shape. Reading a folder and predicting share it: both see one image."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from hourglass.core.errors import HourglassError

# What is a photograph or a drawing; Pillow also opens formats that run other programs.
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
# A JPEG is decoded at 1/2, 1/4 or 1/8 where that leaves this many times the pixels needed per side.
MARGIN = 2
# EXIF orientations that exchange width and height.
QUARTER_TURNS = (5, 6, 7, 8)
SIXTEEN_BITS = ("I", "I;16", "I;16B", "I;16L", "I;16N")

Size = tuple[int, int]

Image.init()  # loads the formats here and not in several threads at once
# More pixels than Pillow's limit may fill the memory; between once and twice the limit it only warns.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


class UnreadableImageError(HourglassError):
    """A file is not an image that can be used; the message says why, without the file's name."""


def decode(path: Path, shape: tuple[int, int, int], fit: str) -> tuple[NDArray[np.uint8], Size]:
    """Read an image file, of whatever name, as uint8 (C, H, W); also return the width and height that it is shown at.

    Rotated as its EXIF data say. Of several frames the first counts. Transparent pixels and padding are black.
    16-bit values are divided by 257, whatever their range.

    Args:
        shape: (C, H, W). fit: `pad` or `stretch`.

    Raises:
        UnreadableImageError: it is empty, no image, damaged, or too large.
    """
    mode = "L" if shape[0] == 1 else "RGB"
    with _opened(path) as image:
        size = _shown(image)
        # A side may be the other one after the rotation.
        image.draft(mode, (MARGIN * max(shape[1:]),) * 2)
        pixels = np.asarray(_fitted(_plain(image, mode), shape[2], shape[1], fit, Image.Resampling.LANCZOS))
    return (pixels[None] if shape[0] == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))), size


def decode_mask(path: Path, size: Size, shape: tuple[int, int, int], fit: str) -> NDArray[np.bool_]:
    """Read the mask of an image, (H, W), fitted as `decode` fits the image: which pixels are not black.

    A pixel of a smaller mask is marked if any of the file's pixels that it stands for is: thin marks stay.

    Args:
        size: width and height of the image, as `decode` returns them.

    Raises:
        UnreadableImageError: as of `decode`, or the mask has another size.
    """
    with _opened(path) as image:
        if (found := _shown(image)) != size:
            raise UnreadableImageError(f"{found[0]} x {found[1]} pixels, and its image has {size[0]} x {size[1]}")
        # As floats: the mean of thousands of pixels, of which one is marked, would be rounded to 0.
        marks = _plain(image, "L").convert("F")
        return np.asarray(_fitted(marks, shape[2], shape[1], fit, Image.Resampling.BOX)) > 0


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """An image file, not decoded yet; whatever goes wrong with it in the block is an UnreadableImageError."""
    try:
        if not os.path.getsize(path):
            raise UnreadableImageError("empty file")
        with Image.open(path, formats=FORMATS) as image:
            yield image
    except UnreadableImageError:
        raise
    except UnidentifiedImageError:
        raise UnreadableImageError("not an image") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnreadableImageError(f"more than {Image.MAX_IMAGE_PIXELS} pixels") from None
    except MemoryError:
        raise UnreadableImageError("too large for the memory") from None
    except OSError as error:
        # With an errno the message would name the whole path.
        raise UnreadableImageError(f"damaged: {error.strerror or ' '.join(str(error).split())}") from None
    except Exception as error:  # noqa: BLE001, RUF100  Pillow's decoders raise whatever a damaged file provokes
        raise UnreadableImageError(f"damaged: {' '.join(str(error).split()) or type(error).__name__}") from None


def _shown(image: Image.Image) -> Size:
    """Width and height after the rotation that the EXIF data say."""
    quarter = image.getexif().get(ExifTags.Base.Orientation) in QUARTER_TURNS
    return (image.height, image.width) if quarter else image.size


def _plain(image: Image.Image, mode: str) -> Image.Image:
    """The first frame, rotated, opaque, 8 bits a channel, of mode `L` or `RGB`."""
    image = ImageOps.exif_transpose(image)
    if image.mode == "F":
        raise UnreadableImageError("pixels are floats, whose range is unknown; save it with 8 or 16 bits")
    if image.mode in SIXTEEN_BITS:
        values = np.asarray(image)
        if values.min() < 0 or values.max() > np.iinfo(np.uint16).max:
            raise UnreadableImageError("pixels are 32-bit integers; save it with 8 or 16 bits")
        return Image.fromarray(np.rint(values / 257).astype(np.uint8)).convert(mode)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image)
    return image.convert(mode)


def _fitted(image: Image.Image, width: int, height: int, fit: str, by: Image.Resampling) -> Image.Image:
    """The image at that size: stretched, or with its aspect ratio and black bars on two sides."""
    scale = min(width / image.width, height / image.height)
    inner = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    if fit == "stretch":
        inner = (width, height)
    small = image if image.size == inner else image.resize(inner, by, reducing_gap=2.0)
    if inner == (width, height):
        return small
    padded = Image.new(image.mode, (width, height))
    padded.paste(small, ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return padded
