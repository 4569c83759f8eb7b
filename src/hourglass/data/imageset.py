"""The one type for images: uint8 images with their classes, in memory or in files larger than memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hourglass.core import layout
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import replacing, write_json

if TYPE_CHECKING:  # stages without a network should not wait for torch
    from torch import Tensor, device

# Images in memory at a time, wherever many of them are gone through.
BATCH = 500
# A mapped file up to this many bytes stays mapped.
KEPT_BYTES = 64 * 2**20
# Files beside those of the arrays.
CLASSES, FIT = "classes.json", "fit.json"

Rows = slice | NDArray[np.integer]
Labels = NDArray[np.int64]


def to_unit(pixels: NDArray[np.uint8], dtype: type[np.floating[Any]] = np.float32) -> NDArray[Any]:
    """Pixels in 0..255 as `dtype` in [0, 1]."""
    return pixels / dtype(255)


class ImageSet:
    """Images (N, C, H, W) uint8 in 0..255, their class numbers (N,) int64, and the names of the classes.

    Images are read when they are asked for, and subsets read nothing, so memory does not grow with N. Labels are in
    memory. A set without labels has class 0 throughout.
    """

    def __init__(
        self,
        pixels: NDArray[np.uint8] | MappedPixels,
        labels: Labels | None = None,
        classes: Sequence[str] = (),
        rows: NDArray[np.int64] | None = None,
        fit: str = "pad",
    ) -> None:
        """Wrap pixels (M, C, H, W), or those of them at `rows` (N,).

        Args:
            fit: how image files were brought to this size, `pad` or `stretch`, and so how others have to be.

        Raises:
            HourglassError: the pixels are not uint8 (M, C, H, W).
        """
        if pixels.dtype != np.uint8 or len(pixels.shape) != 4:
            raise HourglassError(
                f"images must be uint8 (N, C, H, W), values 0 to 255; got {pixels.dtype} {tuple(pixels.shape)}"
            )
        self._pixels = pixels
        self._rows = rows
        self.labels = np.zeros(len(self), np.int64) if labels is None else labels
        self.classes = tuple(classes)
        self.fit = fit

    def __len__(self) -> int:
        return self._pixels.shape[0] if self._rows is None else len(self._rows)

    def __getitem__(self, rows: Rows, /) -> NDArray[np.uint8]:
        """The images at `rows`, in memory: (M, C, H, W)."""
        return self._pixels[rows if self._rows is None else self._rows[rows]]

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(N, C, H, W)."""
        return (len(self), *self.image_shape)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image."""
        channels, height, width = self._pixels.shape[1:]
        return channels, height, width

    def subset(self, rows: Rows) -> ImageSet:
        """The images at `rows`, with their labels; no image is read."""
        own = np.arange(len(self)) if self._rows is None else self._rows
        return ImageSet(self._pixels, self.labels[rows], self.classes, own[rows], self.fit)

    def first(self, count: int) -> ImageSet:
        """The first `count` images, or all if there are fewer."""
        return self.subset(slice(count))

    def spread(self, count: int) -> ImageSet:
        """`count` images, evenly spread over the set, or all if there are fewer."""
        return self.subset(np.linspace(0, len(self) - 1, min(len(self), count)).astype(int))

    def of_class(self, number: int) -> ImageSet:
        """The images of one class.

        Raises:
            SettingsError: there is no class of that number.
        """
        if number >= len(self.classes):
            raise SettingsError(
                f"params.yaml: data.normal_class: {number} is not a class; allowed: 0 to {len(self.classes) - 1}"
            )
        return self.subset(np.flatnonzero(self.labels == number))

    def one_per_class(self) -> ImageSet:
        """The first image of each class that occurs, by class number."""
        return self.subset(np.unique(self.labels, return_index=True)[1])

    def batch(self, rows: Rows, on: device | str = "cpu") -> tuple[Tensor, Tensor]:
        """The images at `rows` as float32 (M, C, H, W) in [0, 1], and their class numbers (M,) int64.

        Args:
            on: the device of both; pixels are moved there as they are stored, a byte each.
        """
        import torch

        pixels, labels = torch.from_numpy(self[rows]), torch.from_numpy(self.labels[rows])
        return pixels.to(on).float().div_(255), labels.to(on)

    def batches(self, size: int = BATCH, on: device | str = "cpu") -> Iterator[tuple[Tensor, Tensor]]:
        """All images in order as `batch` gives them, `size` at a time."""
        return (self.batch(rows, on) for rows in self.slices(size))

    def slices(self, size: int = BATCH) -> Iterator[slice]:
        """Rows of the whole set in order, `size` at a time."""
        return (slice(start, start + size) for start in range(0, len(self), size))

    def mean_image(self) -> NDArray[np.float64]:
        """Mean over the images, (C, H, W) in [0, 1]."""
        total = sum((self[rows].sum(0, dtype=np.float64) for rows in self.slices()), np.zeros(self.image_shape))
        return np.asarray(total / (255 * len(self)))

    def squared_differences(self, image: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean squared difference per pixel of each image from one image (C, H, W) in [0, 1]: (N,)."""
        found = np.empty(len(self))
        for rows in self.slices():
            found[rows] = np.square(to_unit(self[rows], np.float64) - image).mean(axis=(1, 2, 3))
        return found

    @classmethod
    def open(cls, folder: Path) -> ImageSet:
        """Open what `save` wrote; images are read from the file as they are used.

        Raises:
            HourglassError: a file is missing or damaged.
        """
        try:
            file = folder / "images.npy"
            header = np.load(file, mmap_mode="r")
            if header.dtype != np.uint8:
                raise ValueError(f"it holds {header.dtype} and not uint8")
            labels = np.load(folder / "labels.npy")
            if labels.shape != header.shape[:1]:
                raise ValueError(f"it holds images {header.shape} and labels {labels.shape}")
            classes, fit = (json.loads((folder / name).read_text(encoding="utf-8")) for name in (CLASSES, FIT))
            return cls(MappedPixels(file, header.offset, header.shape), labels, classes, fit=fit)
        except (OSError, EOFError, ValueError) as error:
            raise HourglassError(f"{folder} cannot be read ({error}); run `dvc repro prepare` to rebuild it") from None

    def save(self, folder: Path) -> None:
        """Write images.npy, labels.npy and two JSON files into `folder`, a bounded number of images at a time.

        Raises:
            HourglassError: a file cannot be written.
        """
        header = {"descr": "|u1", "fortran_order": False, "shape": self.shape}
        with replacing(folder / "images.npy") as partial, partial.open("wb") as file:
            np.lib.format.write_array_header_1_0(file, header)  # what np.save writes, without the array in memory
            for rows in self.slices():
                file.write(self[rows].tobytes())
        with replacing(folder / "labels.npy") as partial, partial.open("wb") as file:
            np.save(file, self.labels)
        write_json(folder / CLASSES, list(self.classes))
        write_json(folder / FIT, self.fit)


def open_splits(*names: str) -> Iterator[ImageSet]:
    """The prepared image sets `train`, `validation` or `test`, in the order of `names`.

    Raises:
        HourglassError: a file is missing or damaged.
    """
    return (ImageSet.open(layout.split(name)) for name in names)


class MappedPixels:
    """uint8 images (N, C, H, W) in a file, from byte `offset` on.

    Pages that were read through a map count as the process's memory while the map lives, and an epoch in random order
    reads all of them. So a large file is mapped anew for every few rows; the kernel's cache still has its pages.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, path: Path, offset: int, shape: tuple[int, ...]) -> None:
        """Map the file once, to see that it is there.

        Raises:
            OSError, ValueError: it is missing, or too short.
        """
        self._path, self._offset, self.shape = path, offset, shape
        pages = self._map()
        self._kept = pages if pages.nbytes <= KEPT_BYTES else None

    def __getitem__(self, rows: Rows, /) -> NDArray[np.uint8]:
        """The images at `rows`, in memory; writing into them does not reach the file."""
        if self._kept is not None:
            return self._kept[rows]
        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(self.shape[0]))
        found = np.empty((len(rows), *self.shape[1:]), np.uint8)
        for start in range(0, len(rows), BATCH):
            part = slice(start, start + BATCH)
            found[part] = self._map()[rows[part]]
        return found

    def _map(self) -> NDArray[np.uint8]:
        # Copy-on-write rather than read-only: torch refuses to share memory that it may not write.
        return np.asarray(np.memmap(self._path, np.uint8, "c", self._offset, self.shape))


def map_batches(
    function: Callable[[Tensor, Tensor], Tensor], images: ImageSet, size: int = BATCH, *, on: device | str = "cpu"
) -> NDArray[np.float32]:
    """What `function` makes of all images, (N, ...), computed a batch at a time without gradients.

    Args:
        function: float32 images (B, C, H, W) in [0, 1] and class numbers (B,) -> (B, ...).
        on: the device that `function` gets them on.

    Raises:
        HourglassError: there are no images.
    """
    return map_slices(lambda rows: function(*images.batch(rows, on)), len(images), size)


def map_slices(function: Callable[[slice], Tensor], count: int, size: int = BATCH) -> NDArray[Any]:
    """What `function` makes of `count` rows, (count, ...), computed `size` rows at a time without gradients.

    Args:
        function: a slice of B rows -> (B, ...).

    Raises:
        HourglassError: there are no rows.
    """
    import torch

    found: NDArray[Any] | None = None
    with torch.inference_mode():
        for start in range(0, count, size):
            rows = slice(start, start + size)
            part = function(rows).cpu().numpy()
            if found is None:
                # One array for all batches: kept results of each would fragment the memory that the next one needs.
                found = np.empty((count, *part.shape[1:]), part.dtype)
            found[rows] = part
    if found is None:
        raise HourglassError("there are no images; at least one is needed")
    return found
