"""Masks of defects beside the images of a split: which pixels of each image are anomalous, where people marked them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hourglass.core.errors import HourglassError

FILE = "masks.npy"
# A pixel of a mask; UNKNOWN throughout an image that has no mask.
INTACT, DEFECT, UNKNOWN = 0, 1, 255

# (N, H, W) in the order of the images.
Masks = NDArray[np.uint8]


def open_masks(folder: Path, shape: tuple[int, int, int]) -> Masks | None:
    """The masks of the images in `folder`, read from the file as they are used; None if there are none.

    Args:
        shape: (N, H, W) of the images.

    Raises:
        HourglassError: the file is damaged, or belongs to other images.
    """
    file = folder / FILE
    if not file.exists():
        return None
    try:
        masks = np.load(file, mmap_mode="r")
    except (OSError, EOFError, ValueError) as error:
        raise HourglassError(f"{file} cannot be read ({error}); run `dvc repro prepare` to rebuild it") from None
    if masks.dtype != np.uint8 or masks.shape != shape:
        found = f"{masks.dtype} {masks.shape}"
        raise HourglassError(f"{file} holds {found}, expected uint8 {shape}; run `dvc repro prepare` to rebuild it")
    return np.asarray(masks)
