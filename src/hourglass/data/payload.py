"""Images as a client sends them -> uint8 images, or one line that says why not. Nothing is cast or clipped."""

import base64
import binascii
import math
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hourglass.core.errors import HourglassError
from hourglass.data.decode import UnreadableImageError, decode

Shape = tuple[int, int, int]

# Bytes of the images of one request after resizing, and pixels of its image files before.
MOST_BYTES, MOST_PIXELS = 2**28, 2**28
SCALE = "; multiply images in 0..1 by 255 and round them"
# Type in JSON -> what to say of pixels that have it.
WRONG = {
    float: f"floats{SCALE}",
    bool: "booleans",
    str: "strings",
    type(None): "null",
    list: "lists of unequal lengths or depths",
    dict: "objects",
}


class PayloadError(HourglassError):
    """The client sent something else than images; the message says what, without repeating it."""


def images(content: object, shape: Shape, fit: str) -> NDArray[np.uint8]:
    """The images (N, C, H, W) that a client sent.

    Args:
        content: an array (N, C, H, W) of uint8; nested lists of whole numbers from 0 to 255 in the same shape; or a
            list of image files, each as a string in base64.
        shape: (C, H, W) that the detector takes. fit: how image files get this shape, `pad` or `stretch`.

    Raises:
        PayloadError: it is none of these, or has no image.
    """
    if isinstance(content, np.ndarray):
        return _of_array(content, shape)
    if not isinstance(content, list):
        kind = "an object" if isinstance(content, dict) else type(content).__name__
        raise PayloadError(f"expected a list of images; got {kind}")
    if not content:
        raise PayloadError("there are no images; at least one is needed")
    return _of_files(content, shape, fit) if isinstance(content[0], str) else _of_lists(content, shape)


def _of_array(array: NDArray[Any], shape: Shape) -> NDArray[np.uint8]:
    if array.dtype != np.uint8:
        hint = SCALE if array.dtype.kind == "f" else ""
        raise PayloadError(f"pixels must be uint8, 0 to 255; got {array.dtype}{hint}")
    _require_shape(array.shape, shape)
    return np.ascontiguousarray(array)


def _of_lists(content: list[Any], shape: Shape) -> NDArray[np.uint8]:
    # Of dtype object, so that no value is cast.
    array = np.array(content, dtype=object)
    values = array.ravel().tolist()
    kinds = set(map(type, values)) - {int}
    if kinds:
        kind = next((known for known in WRONG if known in kinds), kinds.pop())
        raise PayloadError(f"pixels must be whole numbers from 0 to 255; got {WRONG.get(kind, kind.__name__)}")
    _require_shape(array.shape, shape)
    try:
        pixels = bytes(values)
    except (ValueError, OverflowError):
        found = "below 0" if min(values) < 0 else "above 255"
        raise PayloadError(f"pixels must be whole numbers from 0 to 255; got one {found}") from None
    return np.frombuffer(bytearray(pixels), np.uint8).reshape(array.shape)


def _require_shape(found: Sequence[int], shape: Shape) -> None:
    if len(found) != 4 or tuple(found[1:]) != shape:
        expected = ", ".join(map(str, shape))
        raise PayloadError(f"images must have the shape (N, {expected}); got {tuple(found)}")
    if not found[0]:
        raise PayloadError("there are no images; at least one is needed")


def _of_files(content: list[Any], shape: Shape, fit: str) -> NDArray[np.uint8]:
    most = MOST_BYTES // math.prod(shape)
    if len(content) > most:
        raise PayloadError(f"{len(content)} images in one request; at most {most} of this size are taken")
    pixels, decoded = np.empty((len(content), *shape), np.uint8), 0
    with TemporaryDirectory() as folder:
        file = Path(folder) / "image"
        for number, text in enumerate(content):
            try:
                file.write_bytes(_bytes(text))
                pixels[number], (width, height) = decode(file, shape, fit)
            except (PayloadError, UnreadableImageError) as error:
                raise PayloadError(f"image {number}: {error}") from None
            decoded += width * height
            if decoded > MOST_PIXELS:
                raise PayloadError(f"the first {number + 1} images have {decoded:,} pixels; at most {MOST_PIXELS:,}")
    return pixels


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise PayloadError("expected a string, as the first image is")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise PayloadError("not an image file in base64") from None
