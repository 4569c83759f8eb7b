"""Images as every part of the project takes them: arrays in memory, or on disk and larger than memory."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

# Which of N images: a slice, or row numbers (M,).
Rows = slice | NDArray[np.integer]


class Images(Protocol):
    """uint8 images (N, C, H, W) in 0..255. What is asked for by `[rows]` is an array in memory, (M, C, H, W).

    NumPy arrays are such images. Of others only what is asked for is in memory, so ask for a bounded number at a time.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def dtype(self) -> np.dtype[Any]: ...  # noqa: D102
    def __len__(self) -> int: ...
    def __getitem__(self, rows: Rows, /) -> NDArray[np.uint8]: ...


def evenly(images: Images, most: int) -> NDArray[np.uint8]:
    """`most` of the images, evenly spread, or all if there are fewer."""
    return images[np.linspace(0, len(images) - 1, min(len(images), most)).astype(int)]
