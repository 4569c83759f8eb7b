"""Raw files -> the prepared image sets that every later stage reads."""

from pathlib import Path

import numpy as np

from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet, MappedPixels
from hourglass.data.sources import IDX_FILES

# Of the order of the digits.
SHUFFLE = 0
# One in twelve training images validates: 5,000 of Fashion-MNIST's 60,000, the split of Géron's book.
VALIDATION_SHARE = 12

CLASSES = {
    "fashion_mnist": (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    "mnist": tuple("0123456789"),
    "kmnist": ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    "digits": tuple("0123456789"),
}


def prepare(name: str, raw: Path, target: Path) -> None:
    """Write the image sets `target`/{train,validation,test}.

    Validation is the last twelfth of the training images; test images are those the dataset calls so.

    Raises:
        HourglassError: a raw file is damaged, or a file cannot be written.
    """
    train, test = _read_digits(raw) if name == "digits" else _read_idx(raw, CLASSES[name])
    cut = len(train) - len(train) // VALIDATION_SHARE
    train.subset(slice(cut)).save(target / "train")
    train.subset(slice(cut, None)).save(target / "validation")
    test.save(target / "test")


def _read_idx(folder: Path, classes: tuple[str, ...]) -> tuple[ImageSet, ImageSet]:
    """Training and test images of MNIST's files."""
    train_images, train_labels, test_images, test_labels = (_open_idx(folder / name) for name in IDX_FILES)
    return (
        ImageSet(train_images, train_labels[:].ravel().astype(np.int64), classes),
        ImageSet(test_images, test_labels[:].ravel().astype(np.int64), classes),
    )


def _open_idx(path: Path) -> MappedPixels:
    """The IDX format: two zero bytes, a type byte (8: uint8), the rank, then big-endian sizes, then bytes.

    Labels come as images of one pixel, images with a channel axis: (N, 1, 1, 1) or (N, 1, H, W).
    """
    with path.open("rb") as file:
        start = file.read(4)
        if len(start) < 4 or start[:3] != b"\0\0\x08":
            raise HourglassError(f"{path} is not an IDX file of bytes; delete {path.parent} and run again")
        rank = start[3]
        count, *sides = np.frombuffer(file.read(4 * rank), ">u4").tolist()
    height, width = sides or (1, 1)
    return MappedPixels(path, 4 + 4 * rank, (count, 1, height, width))


def _read_digits(folder: Path) -> tuple[ImageSet, ImageSet]:
    """Scikit-learn's digits, shuffled: 8x8 intensities from 0 to 16, then the label. The last 297 are the test images.

    The file is ordered by writer. In its order, training, calibration and test images would be by different people.
    """
    table = np.loadtxt(folder / "digits.csv", delimiter=",")
    table = table[np.random.default_rng(SHUFFLE).permutation(len(table))]
    pixels = np.rint(table[:, :-1] * (255 / 16)).astype(np.uint8).reshape(-1, 1, 8, 8)
    every = ImageSet(pixels, table[:, -1].astype(np.int64), CLASSES["digits"])
    return every.subset(slice(1500)), every.subset(slice(1500, None))
