"""Images on disk, of which no more is in memory than is asked for."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hourglass.core.images import Images, Rows

# Bytes of a file whose map is kept: batches of a small dataset need not be mapped again and again.
KEPT = 64 * 2**20
# Rows that are copied from one map. Reading a row brings some 64 KiB around it into the process.
BLOCK = 500


class Stored:
    """uint8 images (N, C, H, W) in a file, from byte `offset` on. Writing into them does not reach the file.

    The pages of a file that were read through a map count as memory of the process for as long as the map lives, and
    an epoch in random order reads all of them. So the map of a large file lives no longer than it takes to copy a few
    rows. The pages stay in the kernel's cache, and the next map finds them there.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, path: Path, offset: int, shape: tuple[int, ...]) -> None:
        """Find out that there is such a file.

        Raises:
            OSError, ValueError: it is missing, or too short.
        """
        self._path, self._offset, self.shape = path, offset, shape
        pages = self._pages()
        self._kept = pages if pages.nbytes <= KEPT else None

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Rows, /) -> NDArray[np.uint8]:
        if self._kept is not None:
            return self._kept[rows]
        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(len(self)))
        found = np.empty((len(rows), *self.shape[1:]), np.uint8)
        for start in range(0, len(rows), BLOCK):
            part = slice(start, start + BLOCK)
            found[part] = self._pages()[rows[part]]
        return found

    def _pages(self) -> NDArray[np.uint8]:
        # Copy-on-write rather than read-only, since torch refuses to share memory it may not write.
        return np.asarray(np.memmap(self._path, np.uint8, "c", self._offset, self.shape))


class Chosen:
    """Those of `images` with row numbers `rows` (N,), in that order; none is read before it is asked for."""

    dtype = np.dtype(np.uint8)

    def __init__(self, images: Images, rows: NDArray[np.int64]) -> None:
        self._images, self._rows = images, rows

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, C, H, W)."""
        return (len(self._rows), *self._images.shape[1:])

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: Rows, /) -> NDArray[np.uint8]:
        return self._images[self._rows[rows]]
