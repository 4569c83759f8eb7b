"""A folder of image files becomes image sets, and an account of what was found."""

import hashlib
import shutil
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json
from hourglass.data.collect import ACCOUNT, collect
from hourglass.data.fingerprint import fingerprint
from hourglass.data.folder import look
from hourglass.data.imageset import ImageSet
from hourglass.data.masks import DEFECT, INTACT, UNKNOWN, open_masks
from hourglass.data.settings import DataSettings, ImageSettings
from hourglass.data.splits import prepare
from tests.data.image_folders import fill, picture

SPLITS = ("train", "validation", "test")


def settings(folder: Path, *classes: str, **changes: Any) -> DataSettings:
    values = {"height": 16, "width": 24, "channels": 3, "classes": list(classes), "digest": "x"} | changes
    return DataSettings(name="parts", folder=str(folder), images=ImageSettings.model_validate(values))


def prepared(own: DataSettings, target: Path) -> tuple[dict[str, ImageSet], dict[str, Any]]:
    collect(own, target / "raw")
    account = prepare(own.name, target / "raw", target / "prepared")
    return {name: ImageSet.open(target / "prepared" / name) for name in SPLITS}, account


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    fill(tmp_path / "parts" / "good", 30)
    fill(tmp_path / "parts" / "bad", 15, seed=1, suffix="jpg")
    return tmp_path / "parts"


def rows(images: ImageSet) -> set[tuple[bytes, int]]:
    return {(images[slice(row, row + 1)].tobytes(), int(images.labels[row])) for row in range(len(images))}


@pytest.mark.parametrize("channels", [1, 3])
def test_every_image_is_in_one_split(parts: Path, tmp_path: Path, channels: int) -> None:
    sets, account = prepared(settings(parts, "good", "bad", channels=channels), tmp_path)
    for images in sets.values():
        assert (images.image_shape, images.classes) == ((channels, 16, 24), ("good", "bad"))
        assert len(images) > 0
    every = [rows(images) for images in sets.values()]
    assert len(set().union(*every)) == sum(map(len, every)) == 45
    labels = np.concatenate([images.labels for images in sets.values()])
    assert np.bincount(labels).tolist() == [30, 15]
    assert account["counts"]["test"] == {
        "good": (sets["test"].labels == 0).sum(),
        "bad": (sets["test"].labels == 1).sum(),
    }
    assert (account["name"], account["skipped"]) == ("parts", [])


def test_added_images_leave_the_split_as_it_was(parts: Path, tmp_path: Path) -> None:
    before, _ = prepared(settings(parts, "good", "bad"), tmp_path / "before")
    fill(parts / "good" / "more", 30, seed=2)
    shutil.move(parts / "good" / "3.png", parts / "good" / "renamed.png")
    after, _ = prepared(settings(parts, "good", "bad"), tmp_path / "after")
    assert sum(map(len, after.values())) == 75
    for name in SPLITS:
        assert rows(before[name]) <= rows(after[name])


def test_a_given_split_is_kept(tmp_path: Path) -> None:
    for number, name in enumerate(("train/good", "test/good", "test/bad")):
        fill(tmp_path / "parts" / name, 20, seed=number)
    sets, account = prepared(settings(tmp_path / "parts", "good", "bad"), tmp_path)
    assert np.bincount(sets["test"].labels).tolist() == [20, 20]
    assert len(sets["train"]) + len(sets["validation"]) == 20
    assert set(sets["train"].labels) == {0}
    assert account["split"].startswith("as the folder says; one training image in five")


def test_one_class_alone_has_all_splits(tmp_path: Path) -> None:
    fill(tmp_path / "parts", 30)
    sets, account = prepared(settings(tmp_path / "parts", "normal"), tmp_path)
    assert account["classes"] == ["normal"]
    assert all(len(images) for images in sets.values())


def test_bad_files_are_listed_with_reasons_and_the_rest_is_read(parts: Path, tmp_path: Path) -> None:
    (parts / "good" / "empty.png").touch()
    (parts / "good" / "notes.txt").write_text("no image")
    (parts / "good" / ".DS_Store").touch()
    (parts / "good" / "cut.jpg").write_bytes((parts / "bad" / "1.jpg").read_bytes()[:300])
    fill(parts / "other", 1, seed=5)
    sets, account = prepared(settings(parts, "good", "bad"), tmp_path)
    reasons = {entry["file"]: entry["reason"] for entry in account["skipped"]}
    assert reasons.pop("good/cut.jpg").startswith("damaged: ")
    assert reasons == {
        "good/.DS_Store": "hidden",
        "good/empty.png": "empty file",
        "good/notes.txt": "not an image",
        "other/0.png": "class 'other' is not in data.images.classes",
    }
    assert sum(map(len, sets.values())) == 45


def test_results_hold_no_path_of_the_machine(parts: Path, tmp_path: Path) -> None:
    (parts / "good" / "empty.png").touch()
    prepared(settings(parts, "good", "bad"), tmp_path / "results")
    for file in (tmp_path / "results").rglob("*.*"):
        assert str(tmp_path).encode() not in file.read_bytes()


def leaking(folder: Path) -> Path:
    for number, name in enumerate(("train/good", "test/good")):
        fill(folder / name, 20, seed=number)
    picture(1003).save(folder / "train/good/copy.bmp")  # the same pixels in another format
    return folder


def test_equal_images_in_two_splits_are_an_error(tmp_path: Path) -> None:
    own = settings(leaking(tmp_path / "parts"), "good")
    with pytest.raises(HourglassError, match="1 images are in more than one split, the first as ") as caught:
        collect(own, tmp_path / "raw")
    assert "test/good/3.png and train/good/copy.bmp" in str(caught.value)
    assert "data.images.allow_leak: true" in str(caught.value)
    assert not (tmp_path / "raw").exists()


def test_an_allowed_leak_is_counted(tmp_path: Path) -> None:
    own = settings(leaking(tmp_path / "parts"), "good", allow_leak=True)
    _, account = prepared(own, tmp_path)
    assert account["leaks"]["groups"] == 1
    assert account["duplicates"] == account["leaks"]


def contradicting(folder: Path) -> Path:
    fill(folder / "good", 30)
    fill(folder / "bad", 15, seed=1)
    for number in range(3):
        picture(number).save(folder / "bad" / f"copy {number}.bmp")
    return folder


def test_equal_images_in_two_classes_are_an_error(tmp_path: Path) -> None:
    own = settings(contradicting(tmp_path / "parts"), "good", "bad")
    with pytest.raises(HourglassError, match="3 images are in more than one class, the first as bad/copy ") as caught:
        collect(own, tmp_path / "raw")
    assert "data.images.allow_leak: true" in str(caught.value)
    assert not (tmp_path / "raw").exists()


def test_an_allowed_contradiction_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = settings(contradicting(tmp_path / "parts"), "good", "bad", allow_leak=True)
    _, account = prepared(own, tmp_path)
    (warning,) = account["warnings"]
    assert warning.startswith("Equal images in two classes: 3, the first bad/copy ")
    assert f"warning: {warning}" in capsys.readouterr().err


def test_values_of_twelve_bits_are_a_warning(parts: Path, tmp_path: Path) -> None:
    """Their images are nearly black: 16 bits may hold up to 65,535."""
    values = np.random.default_rng(0).integers(0, 4096, (30, 40), np.uint16)
    Image.fromarray(values).save(parts / "good" / "camera.png")
    _, account = prepared(settings(parts, "good", "bad"), tmp_path / "twelve")
    (warning,) = account["warnings"]
    assert warning.startswith("Nearly black images: 1, the first good/camera.png.")
    assert "12-bit values must be multiplied by 16" in warning
    Image.fromarray(values * 16).save(parts / "good" / "camera.png")
    _, account = prepared(settings(parts, "good", "bad"), tmp_path / "sixteen")
    assert account["warnings"] == []


def test_duplicates_get_the_same_split_where_it_is_made(parts: Path, tmp_path: Path) -> None:
    for number in range(30):
        picture(number).save(parts / "good" / f"{number}.bmp")
    sets, account = prepared(settings(parts, "good", "bad"), tmp_path)
    assert (account["duplicates"]["groups"], account["duplicates"]["images"], account["leaks"]["groups"]) == (30, 60, 0)
    assert sum(map(len, sets.values())) == 75


def test_too_few_normal_images_are_counted(tmp_path: Path) -> None:
    fill(tmp_path / "parts", 1)
    (tmp_path / "parts" / ".DS_Store").touch()
    (tmp_path / "parts" / "empty.png").touch()
    needed = "needed: train 4, validation 2, test 2; add images, or change data.normal_class"
    first = r"; 2 skipped, the first: empty.png \(empty file\)$"
    counted = "images of normal: train [01], validation [01], test [01]"
    with pytest.raises(HourglassError, match=f"{counted}; {needed}{first}"):
        collect(settings(tmp_path / "parts", "normal"), tmp_path / "raw")


def test_reading_again_gives_the_same_bytes(parts: Path, tmp_path: Path) -> None:
    own = settings(parts, "good", "bad")
    for name in ("one", "two"):
        prepared(own, tmp_path / name)
    for file in (tmp_path / "one").rglob("*.*"):
        assert file.read_bytes() == (tmp_path / "two" / file.relative_to(tmp_path / "one")).read_bytes()


def test_sizes_of_the_files_are_told(parts: Path, tmp_path: Path) -> None:
    Image.new("RGB", (300, 200)).save(parts / "good" / "large.png")
    collect(settings(parts, "good", "bad"), tmp_path / "raw")
    sizes = read_json(tmp_path / "raw" / ACCOUNT)["file_sizes"]
    assert sizes == {"smallest": [40, 30], "largest": [300, 200], "different": 2}


# The digest of a folder


def test_digest_changes_with_every_file(parts: Path, tmp_path: Path) -> None:
    seen = []
    memory = tmp_path / "digests.csv"

    def add() -> None:
        picture(99).save(parts / "good" / "new.png")

    def change() -> None:
        picture(98).save(parts / "good" / "new.png")

    def rename() -> None:
        (parts / "good" / "new.png").rename(parts / "bad" / "new.png")

    def remove() -> None:
        (parts / "bad" / "new.png").unlink()

    for edit in (lambda: None, add, change, rename, remove):
        edit()
        seen.append(fingerprint(look(parts), memory))
    assert len(set(seen)) == 4
    assert seen[0] == seen[-1]


def test_digest_does_not_depend_on_where_the_folder_is(parts: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(parts, tmp_path / "moved")
    assert fingerprint(look(parts), tmp_path / "a.csv") == fingerprint(look(moved), tmp_path / "b.csv")


def test_files_that_did_not_change_are_not_read_again(
    parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = fingerprint(look(parts), tmp_path / "digests.csv")
    (parts / "good" / "0.png").touch()  # a new time
    opened: list[str] = []

    def watched(file: BufferedReader, name: str) -> Any:
        opened.append(Path(file.name).name)
        return hashlib.new(name, b"other")

    monkeypatch.setattr("hashlib.file_digest", watched)
    assert fingerprint(look(parts), tmp_path / "digests.csv") != first
    assert opened == ["0.png"]


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    """Good images, dents with masks of their brightest pixels, and stains without."""
    folder = tmp_path / "parts"
    for number, name in enumerate(("train/good", "test/good", "test/dent", "test/stain")):
        fill(folder / name, 10, seed=number)
    masks = folder / "ground_truth/dent"
    masks.mkdir(parents=True)
    for file in (folder / "test/dent").iterdir():
        Image.open(file).convert("L").point(lambda value: 255 * (value > 128)).save(masks / f"{file.stem}_mask.png")
    return folder


def read_masks(images: ImageSet, folder: Path) -> np.ndarray | None:
    return open_masks(folder, (len(images), *images.image_shape[1:]))


def test_masks_stay_with_their_images(marked: Path, tmp_path: Path) -> None:
    own = settings(marked, "good", "dent", "stain", height=30, width=40, channels=1)
    sets, account = prepared(own, tmp_path)
    masks = read_masks(sets["test"], tmp_path / "prepared/test")
    assert masks is not None
    for number, expected in enumerate(({UNKNOWN}, {INTACT, DEFECT}, {UNKNOWN})):
        assert set(np.unique(masks[sets["test"].labels == number])) == expected
    dents = sets["test"].labels == 1
    np.testing.assert_array_equal(masks[dents] == DEFECT, sets["test"][:][dents, 0] > 128)
    assert account["masks"] == 10
    assert read_masks(sets["validation"], tmp_path / "prepared/validation") is None


def test_a_mask_without_a_mark_counts_as_unknown(
    marked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (3, 7):
        Image.new("L", (40, 30)).save(marked / f"ground_truth/dent/{number}_mask.png")
    sets, account = prepared(settings(marked, "good", "dent"), tmp_path)
    masks = read_masks(sets["test"], tmp_path / "prepared/test")
    assert masks is not None
    dents = masks[sets["test"].labels == 1]
    assert [bool((mask == UNKNOWN).all()) for mask in dents].count(True) == 2
    warning = (
        "Masks without a mark: 2, the first ground_truth/dent/3_mask.png. Where the defects of their images lie counts "
        "as unknown."
    )
    assert account["warnings"] == [warning]
    assert f"warning: {warning}" in capsys.readouterr().err


def test_without_masks_no_file_is_written(parts: Path, tmp_path: Path) -> None:
    sets, account = prepared(settings(parts, "good", "bad"), tmp_path)
    assert account["masks"] == 0
    assert not list(tmp_path.rglob("masks.*"))
    assert read_masks(sets["test"], tmp_path / "prepared/test") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no image", "ground_truth/dent/3_mask.png, the mask of test/dent/3.png: not an image"),
        (None, "ground_truth/dent/3_mask.png, the mask of test/dent/3.png: 20 x 20 pixels, and its image has 40 x 30"),
    ],
)
def test_a_mask_that_does_not_fit_is_an_error(
    marked: Path, tmp_path: Path, content: bytes | None, message: str
) -> None:
    file = marked / "ground_truth/dent/3_mask.png"
    Image.new("L", (20, 20)).save(file)
    if content:
        file.write_bytes(content)
    with pytest.raises(HourglassError) as caught:
        collect(settings(marked, "good", "dent"), tmp_path / "raw")
    assert str(caught.value) == message
    assert not (tmp_path / "raw").exists()


def test_a_changed_mask_changes_the_digest(marked: Path, tmp_path: Path) -> None:
    before = fingerprint(look(marked), tmp_path / "digests.csv")
    Image.new("L", (40, 30)).save(marked / "ground_truth/dent/3_mask.png")
    assert fingerprint(look(marked), tmp_path / "digests.csv") != before


@pytest.mark.parametrize("damage", [b"", b"no array"])
def test_damaged_masks_are_named(marked: Path, tmp_path: Path, damage: bytes) -> None:
    sets, _ = prepared(settings(marked, "good", "dent"), tmp_path)
    file = tmp_path / "prepared/test/masks.npy"
    with pytest.raises(HourglassError, match=r"masks.npy holds uint8 .*; run `dvc repro prepare` to rebuild it"):
        open_masks(file.parent, (len(sets["test"]), 3, 3))
    file.write_bytes(damage)
    with pytest.raises(HourglassError, match=r"masks.npy cannot be read .*; run `dvc repro prepare` to rebuild it"):
        read_masks(sets["test"], file.parent)
