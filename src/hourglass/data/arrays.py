"""The prepared arrays, as every stage after `prepare` reads them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import read_json
from hourglass.core.images import Images, Rows
from hourglass.core.stored import Chosen, Stored

Labels = NDArray[np.int64]

PREPARED = Path("data/prepared")


@dataclass(frozen=True)
class Split:
    """Images (N, C, H, W) uint8 in 0..255 and their class numbers (N,) int64."""

    images: Images
    labels: Labels

    def part(self, rows: Rows) -> "Split":
        """The images and labels at `rows`, in memory."""
        return Split(self.images[rows], self.labels[rows])


@dataclass(frozen=True)
class Dataset:
    """What dataset.json says: name, names of the classes by number, and one image's (channels, height, width)."""

    name: str
    classes: list[str]
    image_shape: tuple[int, int, int]


def load(part: str) -> Split:
    """Open the split `part` (train, validation or test): images are read from disk as they are used, labels at once.

    Raises:
        HourglassError: an array is missing or damaged.
    """
    folder = PREPARED / part
    try:
        file = folder / "images.npy"
        mapped = np.load(file, mmap_mode="r")
        if mapped.dtype != np.uint8:
            raise ValueError(f"it holds {mapped.dtype} and not uint8")
        return Split(Stored(file, mapped.offset, mapped.shape), np.load(folder / "labels.npy"))
    except (OSError, EOFError, ValueError) as error:
        raise HourglassError(f"{folder} cannot be read ({error}); run `dvc repro prepare` to rebuild it") from None


def describe() -> Dataset:
    """What the prepared dataset holds."""
    content = read_json(PREPARED / "dataset.json")
    channels, height, width = content["image_shape"]
    return Dataset(content["name"], content["classes"], (channels, height, width))


def only(split: Split, number: int, classes: list[str]) -> Split:
    """The images of one class, read as they are used if those of `split` are.

    Raises:
        SettingsError: the dataset has no class of that number.
    """
    if number >= len(classes):
        raise SettingsError(
            f"params.yaml: data.normal_class: {number} is not a class; allowed: 0 to {len(classes) - 1}"
        )
    rows = np.flatnonzero(split.labels == number)
    return Split(Chosen(split.images, rows), split.labels[rows])
