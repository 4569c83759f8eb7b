"""Raw files -> the prepared image sets that every later stage reads."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, replacing
from hourglass.data.collect import ACCOUNT, MASKS, PIXELS, SPLITS, TABLE
from hourglass.data.imageset import ImageSet, MappedPixels
from hourglass.data.masks import FILE, UNKNOWN
from hourglass.data.settings import CLASSES
from hourglass.data.sources import IDX_FILES

# Of the order of the digits.
SHUFFLE = 0
# One in twelve training images validates: 5,000 of Fashion-MNIST's 60,000, the split of Géron's book.
VALIDATION_SHARE = 12

# Images by split; masks (N, 1, H, W) by split, where there are any; an account of both.
Found = tuple[dict[str, ImageSet], dict[str, ImageSet], dict[str, Any]]


def prepare(name: str, raw: Path, target: Path) -> dict[str, Any]:
    """Write the image sets `target`/{train,validation,test}, with masks where there are; return an account, as JSON.

    For a known dataset validation is the last twelfth of the training images, and test images are those that it calls
    so. For the user's own images both follow from what `collect` left in `raw`.

    Raises:
        HourglassError: a raw file is damaged, or a file cannot be written.
    """
    sets, masks, account = _known(name, raw) if name in CLASSES else _collected(raw)
    for split, images in sets.items():
        images.save(target / split)
    for split, of in masks.items():
        _save_masks(of, target / split / FILE)
    counts = {split: np.bincount(images.labels, minlength=len(images.classes)) for split, images in sets.items()}
    return {
        "name": name,
        "classes": list(sets["train"].classes),
        "image_shape": list(sets["train"].image_shape),
        "counts": {split: dict(zip(sets[split].classes, of.tolist(), strict=True)) for split, of in counts.items()},
        **account,
    }


def _save_masks(masks: ImageSet, file: Path) -> None:
    """Write masks (N, 1, H, W) as (N, H, W), a bounded number at a time; nothing if all are unknown."""
    if all((masks[rows] == UNKNOWN).all() for rows in masks.slices()):
        return
    count, _, height, width = masks.shape
    with replacing(file) as partial:
        written = np.lib.format.open_memmap(partial, "w+", np.uint8, (count, height, width))
        for rows in masks.slices():
            written[rows] = masks[rows][:, 0]
        written.flush()


def _known(name: str, raw: Path) -> Found:
    train, test = _read_digits(raw) if name == "digits" else _read_idx(raw, CLASSES[name])
    cut = len(train) - len(train) // VALIDATION_SHARE
    sets = {"train": train.subset(slice(cut)), "validation": train.subset(slice(cut, None)), "test": test}
    account = {"layout": "a known dataset", "split": "the dataset's; the last twelfth of its training images validates"}
    return sets, {}, account


def _collected(raw: Path) -> Found:
    """The user's own images. Those of a set are in the order of their digests: random, and the same on each machine."""
    account = read_json(raw / ACCOUNT)
    classes = account["classes"]
    with (raw / TABLE).open(newline="", encoding="utf-8") as file:
        rows = [(row["digest"], row["split"], classes.index(row["class"])) for row in csv.DictReader(file)]
    labels = np.array([label for _, _, label in rows], np.int64)
    _, height, width = account["image_shape"]
    pixels = MappedPixels(raw / PIXELS, 0, (len(rows), *account["image_shape"]))
    every = ImageSet(pixels, labels, classes, fit=account["fit"])
    order = np.array(sorted(range(len(rows)), key=lambda row: rows[row]), np.int64)
    splits = np.array([split for _, split, _ in rows])[order]
    of = {name: order[splits == name] for name in SPLITS}
    masks = {}
    if account["masks"]:
        marked = ImageSet(MappedPixels(raw / MASKS, 0, (len(rows), 1, height, width)))
        masks = {name: marked.subset(of[name]) for name in SPLITS}
    return {name: every.subset(of[name]) for name in SPLITS}, masks, account


def _read_idx(folder: Path, classes: Sequence[str]) -> tuple[ImageSet, ImageSet]:
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
