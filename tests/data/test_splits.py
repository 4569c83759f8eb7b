from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from hourglass.core.errors import HourglassError
from hourglass.data import splits
from hourglass.data.imageset import ImageSet, MappedPixels
from hourglass.data.settings import CLASSES, IMAGE_SHAPES, DataSettings
from hourglass.data.sources import DATASETS, IDX_FILES, fetch

SPLITS = ("train", "validation", "test")


def opened(folder: Path) -> dict[str, ImageSet]:
    return {name: ImageSet.open(folder / name) for name in SPLITS}


@pytest.fixture
def prepared(folder: Path, tmp_path: Path) -> dict[str, ImageSet]:
    """The tiny dataset, prepared."""
    splits.prepare("mnist", folder, tmp_path / "prepared")
    return opened(tmp_path / "prepared")


def joined(*parts: ImageSet) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    return np.concatenate([part[:] for part in parts]), np.concatenate([part.labels for part in parts])


def test_train_and_validation_are_the_raw_images_in_order(
    prepared: dict[str, ImageSet], idx_arrays: list[NDArray[np.uint8]]
) -> None:
    """So no image is lost, none is in two splits, and none of the test images is in either."""
    images, labels = joined(prepared["train"], prepared["validation"])
    np.testing.assert_array_equal(images[:, 0], idx_arrays[0])
    np.testing.assert_array_equal(labels, idx_arrays[1])
    np.testing.assert_array_equal(prepared["test"][:][:, 0], idx_arrays[2])
    np.testing.assert_array_equal(prepared["test"].labels, idx_arrays[3])


def test_one_training_image_in_twelve_validates(prepared: dict[str, ImageSet]) -> None:
    assert {name: len(images) for name, images in prepared.items()} == {"train": 115, "validation": 10, "test": 30}


@pytest.mark.parametrize("name", SPLITS)
def test_images_stay_bytes_on_disk(prepared: dict[str, ImageSet], name: str) -> None:
    images = prepared[name]
    assert isinstance(images._pixels, MappedPixels)
    assert images.shape == (len(images.labels), 1, 5, 4)
    assert (images[:].dtype, images.labels.dtype) == (np.dtype(np.uint8), np.dtype(np.int64))


def test_writing_into_images_does_not_reach_the_disk(prepared: dict[str, ImageSet], tmp_path: Path) -> None:
    before = prepared["train"][:1].copy()
    prepared["train"][:1][:] = 255 - before
    np.testing.assert_array_equal(opened(tmp_path / "prepared")["train"][:1], before)


def test_every_split_knows_classes_and_image_shape(prepared: dict[str, ImageSet]) -> None:
    for images in prepared.values():
        assert (images.classes, images.image_shape) == (tuple("0123456789"), (1, 5, 4))


@pytest.mark.usefixtures("prepared")
def test_preparing_again_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    splits.prepare("mnist", folder, tmp_path / "again")
    first = {file.relative_to(tmp_path / "prepared"): file for file in (tmp_path / "prepared").rglob("*.*")}
    assert len(first) == 4 * len(SPLITS)
    assert all((tmp_path / "again" / name).read_bytes() == file.read_bytes() for name, file in first.items())


def test_digits_are_those_of_scikit_learn(tmp_path: Path) -> None:
    fetch(DataSettings(name="digits"), tmp_path / "raw")
    splits.prepare("digits", tmp_path / "raw", tmp_path / "prepared")
    parts = opened(tmp_path / "prepared")
    images, labels = joined(*parts.values())
    reference = load_digits()
    assert [len(part) for part in parts.values()] == [1375, 125, 297]
    assert parts["train"].image_shape == IMAGE_SHAPES["digits"]
    original = np.rint(reference.images * 255 / 16)
    assert sorted(map(bytes, images[:, 0])) == sorted(map(bytes, original.astype(np.uint8)))
    pairs, original_pairs = (
        {(bytes(image), int(label)) for image, label in zip(*both, strict=True)}
        for both in ((images[:, 0], labels), (original.astype(np.uint8), reference.target))
    )
    assert pairs == original_pairs
    assert (images.min(), images.max()) == (0, 255)


def test_digits_of_each_split_are_by_many_writers(tmp_path: Path) -> None:
    """The file has them by writer: the test images were by others than all the rest."""
    fetch(DataSettings(name="digits"), tmp_path / "raw")
    splits.prepare("digits", tmp_path / "raw", tmp_path / "prepared")
    place = {
        bytes(image): number for number, image in enumerate(np.rint(load_digits().images * 255 / 16).astype(np.uint8))
    }
    for part in opened(tmp_path / "prepared").values():
        places = [place[bytes(image)] for image in part[:][:, 0]]
        assert np.histogram(places, bins=6, range=(0, 1797))[0].min() > len(part) / 12


@pytest.mark.parametrize("content", [b"", b"\0\0", b"\0\0\x0d\x03", b"<html>log in</html>"])
def test_a_file_that_is_not_idx_says_how_to_fetch_it_again(folder: Path, tmp_path: Path, content: bytes) -> None:
    (folder / IDX_FILES[2]).write_bytes(content)
    message = f"{folder / IDX_FILES[2]} is not an IDX file of bytes; delete {folder} and run again"
    with pytest.raises(HourglassError, match=message):
        splits.prepare("mnist", folder, tmp_path / "prepared")
    assert not (tmp_path / "prepared").exists()


def test_every_dataset_has_a_source_a_shape_and_ten_classes() -> None:
    assert DATASETS.keys() == CLASSES.keys() == IMAGE_SHAPES.keys()
    assert {len(set(classes)) for classes in CLASSES.values()} == {10}
