"""Raw files -> the prepared arrays that every later stage reads."""

from pathlib import Path

import numpy as np

from hourglass.core.errors import HourglassError
from hourglass.core.files import replacing, write_json
from hourglass.data.arrays import Split
from hourglass.data.sources import IDX_FILES

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
    """Write `target`/{train,validation,test}/{images,labels}.npy and `target`/dataset.json.

    Validation is the last twelfth of the training images; test images are those the dataset calls so.
    """
    train, test = _read_digits(raw) if name == "digits" else _read_idx(raw)
    cut = len(train.images) - len(train.images) // VALIDATION_SHARE
    parts = {
        "train": Split(train.images[:cut], train.labels[:cut]),
        "validation": Split(train.images[cut:], train.labels[cut:]),
        "test": test,
    }
    for part, split in parts.items():
        for kind in ("images", "labels"):
            with replacing(target / part / f"{kind}.npy") as partial, open(partial, "wb") as file:
                np.save(file, getattr(split, kind))
    shape = train.images.shape[1:]
    write_json(target / "dataset.json", {"name": name, "classes": list(CLASSES[name]), "image_shape": list(shape)})


def _read_idx(folder: Path) -> tuple[Split, Split]:
    """The IDX format of MNIST: two zero bytes, a type byte (8: uint8), the rank, then big-endian sizes, then bytes."""
    arrays = []
    for name in IDX_FILES:
        content = (folder / name).read_bytes()
        if len(content) < 8 or content[:3] != b"\0\0\x08":
            raise HourglassError(f"{folder / name} is not an IDX file of bytes; delete {folder} and run again")
        rank = content[3]
        sizes = np.frombuffer(content, ">u4", count=rank, offset=4)
        arrays.append(np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(sizes))
    splits = [Split(i[:, None], n.astype(np.int64)) for i, n in (arrays[:2], arrays[2:])]
    return splits[0], splits[1]


def _read_digits(folder: Path) -> tuple[Split, Split]:
    """Scikit-learn's digits: 8x8 intensities from 0 to 16, then the label. The last 297 are the test images."""
    table = np.loadtxt(folder / "digits.csv", delimiter=",")
    images = np.rint(table[:, :-1] * (255 / 16)).astype(np.uint8).reshape(-1, 1, 8, 8)
    labels = table[:, -1].astype(np.int64)
    return Split(images[:1500], labels[:1500]), Split(images[1500:], labels[1500:])
