"""Raw files -> the prepared arrays that every later stage reads."""

from pathlib import Path

import numpy as np

from hourglass.core.errors import HourglassError
from hourglass.core.files import replacing, write_json
from hourglass.core.images import Images
from hourglass.core.stored import Stored
from hourglass.data.arrays import Split
from hourglass.data.sources import IDX_FILES

# One in twelve training images validates: 5,000 of Fashion-MNIST's 60,000, the split of Géron's book.
VALIDATION_SHARE = 12
# Images that are copied at a time.
BLOCK = 1000

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
    """Write `target`/{train,validation,test}/{images,labels}.npy and `target`/dataset.json.

    Validation is the last twelfth of the training images; test images are those the dataset calls so.
    """
    train, test = _read_digits(raw) if name == "digits" else _read_idx(raw)
    total = len(train.images)
    cut = total - total // VALIDATION_SHARE
    parts = {
        "train": (train, range(cut)),
        "validation": (train, range(cut, total)),
        "test": (test, range(len(test.images))),
    }
    for part, (split, rows) in parts.items():
        _write_images(target / part / "images.npy", split.images, rows)
        with replacing(target / part / "labels.npy") as partial, open(partial, "wb") as file:
            np.save(file, split.labels[rows.start : rows.stop])
    shape = train.images.shape[1:]
    write_json(target / "dataset.json", {"name": name, "classes": list(CLASSES[name]), "image_shape": list(shape)})


def _write_images(path: Path, images: Images, rows: range) -> None:
    """Write the images at `rows`, one after another, as `np.save` does, but a block at a time: memory stays flat."""
    header = {"descr": images.dtype.str, "fortran_order": False, "shape": (len(rows), *images.shape[1:])}
    with replacing(path) as partial, open(partial, "wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(rows.start, rows.stop, BLOCK):
            file.write(images[start : min(start + BLOCK, rows.stop)].tobytes())


def _read_idx(folder: Path) -> tuple[Split, Split]:
    """Training and test images of MNIST's files, read as they are used, and their labels."""
    train_images, train_labels, test_images, test_labels = (_open_idx(folder / name) for name in IDX_FILES)
    return (
        Split(train_images, train_labels[:].ravel().astype(np.int64)),
        Split(test_images, test_labels[:].ravel().astype(np.int64)),
    )


def _open_idx(path: Path) -> Stored:
    """The IDX format: two zero bytes, a type byte (8: uint8), the rank, then big-endian sizes, then bytes.

    Numbers come as images of one pixel, images with a channel's axis: (N, 1, 1, 1) or (N, 1, H, W).
    """
    with path.open("rb") as file:
        start = file.read(4)
        if len(start) < 4 or start[:3] != b"\0\0\x08":
            raise HourglassError(f"{path} is not an IDX file of bytes; delete {path.parent} and run again")
        rank = start[3]
        count, *sides = np.frombuffer(file.read(4 * rank), ">u4").tolist()
    height, width = sides or (1, 1)
    return Stored(path, 4 + 4 * rank, (count, 1, height, width))


def _read_digits(folder: Path) -> tuple[Split, Split]:
    """Scikit-learn's digits: 8x8 intensities from 0 to 16, then the label. The last 297 are the test images."""
    table = np.loadtxt(folder / "digits.csv", delimiter=",")
    images = np.rint(table[:, :-1] * (255 / 16)).astype(np.uint8).reshape(-1, 1, 8, 8)
    labels = table[:, -1].astype(np.int64)
    return Split(images[:1500], labels[:1500]), Split(images[1500:], labels[1500:])
