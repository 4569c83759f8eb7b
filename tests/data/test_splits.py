from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.stored import Stored
from hourglass.data import arrays, splits
from hourglass.data.arrays import PREPARED, Split
from hourglass.data.settings import DatasetName, DataSettings
from hourglass.data.sources import DATASETS, fetch

PARTS = ("train", "validation", "test")


@pytest.fixture
def prepared(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Split]:
    """The tiny dataset, prepared in the working directory."""
    monkeypatch.chdir(tmp_path)
    splits.prepare("mnist", folder, PREPARED)
    return {part: arrays.load(part) for part in PARTS}


def joined(*parts: Split) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    return np.concatenate([part.images[:] for part in parts]), np.concatenate([part.labels for part in parts])


def test_training_and_validation_images_are_the_raw_ones_in_order(
    prepared: dict[str, Split], idx_arrays: list[NDArray[np.uint8]]
) -> None:
    """So no image is lost, none is in two parts, and none of the test images is in either."""
    images, labels = joined(prepared["train"], prepared["validation"])
    np.testing.assert_array_equal(images[:, 0], idx_arrays[0])
    np.testing.assert_array_equal(labels, idx_arrays[1])
    np.testing.assert_array_equal(prepared["test"].images[:][:, 0], idx_arrays[2])
    np.testing.assert_array_equal(prepared["test"].labels, idx_arrays[3])


def test_one_training_image_in_twelve_validates(prepared: dict[str, Split]) -> None:
    assert {part: len(split.images) for part, split in prepared.items()} == {"train": 115, "validation": 10, "test": 30}


@pytest.mark.parametrize("part", PARTS)
def test_images_stay_bytes_on_disk(prepared: dict[str, Split], part: str) -> None:
    images, labels = prepared[part].images, prepared[part].labels
    assert isinstance(images, Stored)
    assert images.shape == (len(labels), 1, 5, 4)
    assert (images.dtype, labels.dtype) == (np.dtype(np.uint8), np.dtype(np.int64))


def test_writing_into_a_loaded_image_does_not_reach_the_disk(prepared: dict[str, Split]) -> None:
    before = prepared["train"].images[:1].copy()
    prepared["train"].images[:1][:] = 255 - before
    np.testing.assert_array_equal(arrays.load("train").images[:1], before)


@pytest.mark.usefixtures("prepared")
def test_the_description_is_that_of_the_images() -> None:
    assert arrays.describe() == arrays.Dataset("mnist", list("0123456789"), (1, 5, 4))


def test_preparing_again_gives_the_same_bytes(prepared: dict[str, Split], folder: Path) -> None:
    splits.prepare("mnist", folder, Path("again"))
    files = [file.relative_to(PREPARED) for file in PREPARED.rglob("*.*")]
    assert len(files) == 2 * len(PARTS) + 1
    assert all((PREPARED / file).read_bytes() == ("again" / file).read_bytes() for file in files)


def test_digits_are_scikit_learn_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fetch(DataSettings(name="digits"), Path("raw"))
    splits.prepare("digits", Path("raw"), PREPARED)
    parts = [arrays.load(part) for part in PARTS]
    images, labels = joined(*parts)
    reference = load_digits()
    assert [len(part.images) for part in parts] == [1375, 125, 297]
    np.testing.assert_array_equal(images[:, 0], np.rint(reference.images * 255 / 16))
    np.testing.assert_array_equal(labels, reference.target)
    assert (images.min(), images.max()) == (0, 255)


def test_only_keeps_every_image_of_the_class_and_no_other(prepared: dict[str, Split]) -> None:
    train, classes = prepared["train"], arrays.describe().classes
    parts = [arrays.only(train, number, classes) for number in range(len(classes))]
    assert all(set(part.labels) == {number} for number, part in enumerate(parts))
    images, labels = joined(*parts)
    order = np.argsort(train.labels, kind="stable")
    np.testing.assert_array_equal(images, train.images[order])
    np.testing.assert_array_equal(labels, train.labels[order])


@pytest.mark.parametrize("number", [10, 99])
def test_a_class_that_does_not_exist_is_refused(prepared: dict[str, Split], number: int) -> None:
    with pytest.raises(SettingsError, match=f"data.normal_class: {number} is not a class; allowed: 0 to 9"):
        arrays.only(prepared["train"], number, arrays.describe().classes)


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("file", ["images.npy", "labels.npy"])
@pytest.mark.parametrize("keep", [None, 100, 20, 0])
def test_a_missing_or_damaged_array_says_how_to_rebuild_it(file: str, keep: int | None) -> None:
    path = PREPARED / "test" / file
    content = path.read_bytes()
    path.unlink()
    if keep is not None:
        path.write_bytes(content[:keep])
    with pytest.raises(HourglassError, match=f"{PREPARED}/test cannot be read .*; run `dvc repro prepare`"):
        arrays.load("test")


def test_every_dataset_that_can_be_named_has_a_source_and_ten_class_names() -> None:
    assert set(get_args(DatasetName)) == DATASETS.keys() == splits.CLASSES.keys()
    assert {len(set(classes)) for classes in splits.CLASSES.values()} == {10}


def test_files_are_those_that_numpy_writes(prepared: dict[str, Split], monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where images are copied in several blocks, the last one not full."""
    monkeypatch.setattr(splits, "BLOCK", 7)
    for split in prepared.values():
        splits._write_images(Path("written"), split.images, range(1, 10))
        np.save("saved.npy", split.images[1:10])
        assert Path("written").read_bytes() == Path("saved.npy").read_bytes()
        np.testing.assert_array_equal(np.load("written", mmap_mode="r"), split.images[1:10])
