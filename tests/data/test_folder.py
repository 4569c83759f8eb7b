"""Which layout a folder is recognised as, and which files count."""

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from hourglass.core.errors import HourglassError
from hourglass.data.folder import look
from tests.data.image_folders import fill


def found(root: Path) -> Counter[tuple[str, str | None]]:
    return Counter((file.label, file.split) for file in look(root).files)


def test_one_folder_is_all_normal(tmp_path: Path) -> None:
    fill(tmp_path, 3)
    assert found(tmp_path) == {("normal", None): 3}
    assert "all of class normal" in look(tmp_path).layout


def test_class_folders_have_no_split(tmp_path: Path) -> None:
    fill(tmp_path / "good", 2)
    fill(tmp_path / "bad" / "monday", 1)
    (tmp_path / "notes.txt").write_text("about")
    folder = look(tmp_path)
    assert found(tmp_path) == {("good", None): 2, ("bad", None): 1}
    assert folder.skipped == {"notes.txt": "not in a class folder"}
    assert not folder.is_split


def test_train_and_test_folders_say_the_split(tmp_path: Path) -> None:
    for split in ("train", "test", "val"):
        fill(tmp_path / split / "good", 1)
    fill(tmp_path / "other" / "good", 1)
    fill(tmp_path / "train", 1)
    folder = look(tmp_path)
    assert found(tmp_path) == {("good", "train"): 1, ("good", "test"): 1, ("good", "validation"): 1}
    assert folder.skipped == {"other/good/0.png": "not in train/ or test/", "train/0.png": "not in a class folder"}
    assert folder.layout == "train/<class>/ and test/<class>/"


def test_mvtec_masks_are_no_images(tmp_path: Path) -> None:
    for name in ("train/good", "test/good", "test/dent", "ground_truth/dent"):
        fill(tmp_path / name, 1)
    folder = look(tmp_path)
    assert found(tmp_path) == {("good", "train"): 1, ("good", "test"): 1, ("dent", "test"): 1}
    assert (folder.layout, folder.masks) == ("MVTec's folders", {"test/dent/0.png": "ground_truth/dent/0.png"})


def test_a_mask_belongs_to_the_image_of_its_name(tmp_path: Path) -> None:
    for name in ("train/good", "test/good", "test/dent", "validation/dent"):
        fill(tmp_path / name, 1)
    (tmp_path / "validation/dent/0.png").rename(tmp_path / "validation/dent/a.png")
    fill(tmp_path / "ground_truth/dent", 3)
    for old, new in (("0", "0_mask"), ("1", "a_mask"), ("2", "9_mask")):
        (tmp_path / f"ground_truth/dent/{old}.png").rename(tmp_path / f"ground_truth/dent/{new}.png")
    folder = look(tmp_path)
    assert folder.masks == {
        "test/dent/0.png": "ground_truth/dent/0_mask.png",
        "validation/dent/a.png": "ground_truth/dent/a_mask.png",
    }
    assert folder.skipped == {"ground_truth/dent/9_mask.png": "a mask without an image"}


def test_a_mask_of_two_images_is_an_error(tmp_path: Path) -> None:
    for name in ("train/good", "test/dent", "validation/dent", "ground_truth/dent"):
        fill(tmp_path / name, 1)
    message = (
        r"ground_truth/dent/0.png is the mask of test/dent/0.png and validation/dent/0.png; give each image a name"
    )
    with pytest.raises(HourglassError, match=message):
        look(tmp_path)


def test_two_masks_of_an_image_are_an_error(tmp_path: Path) -> None:
    for name in ("train/good", "test/dent", "ground_truth/dent"):
        fill(tmp_path / name, 1)
    shutil.copy(tmp_path / "ground_truth/dent/0.png", tmp_path / "ground_truth/dent/0_mask.png")
    with pytest.raises(HourglassError, match=r"the mask of test/dent/0.png, which has another; give each image a name"):
        look(tmp_path)


@pytest.mark.parametrize("given", ["", "labels.csv"])
def test_a_list_says_class_and_split(tmp_path: Path, given: str) -> None:
    fill(tmp_path / "some", 4)
    rows = ["path,label,split", "some/0.png,good,train", "some/1.png,good,test", "some/1.png,good,train"]
    rows += ["some/9.png,good,train", "../x.png,good,test", "some/2.png,,test", "some/3.png,good,later"]
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    folder = look(tmp_path / given)
    assert [(file.path, file.label, file.split) for file in folder.files] == [
        ("some/0.png", "good", "train"),
        ("some/1.png", "good", "test"),
    ]
    assert folder.skipped == {
        "some/9.png": "listed, but not there",
        "../x.png": "outside the folder of the list",
        "some/2.png": "without a label",
        "some/3.png": "split 'later' is none of train, test, validation, val, valid",
    }


def test_a_list_may_have_no_split(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    (tmp_path / "list.csv").write_text("label,path\nb,1.png\na,0.png\n")
    assert found(tmp_path) == {("a", None): 1, ("b", None): 1}


def test_a_list_whose_first_row_has_no_split_still_has_one(tmp_path: Path) -> None:
    fill(tmp_path, 3)
    (tmp_path / "list.csv").write_text("path,label,split\n0.png,a,\n1.png,a,test\n2.png,a,train\n")
    assert found(tmp_path) == {("a", "test"): 1, ("a", "train"): 1}
    assert look(tmp_path).skipped["0.png"].startswith("split '' is none of")


def test_names_that_are_not_utf8_are_skipped(tmp_path: Path) -> None:
    fill(tmp_path / "good", 1)
    Path(os.fsdecode(os.fsencode(tmp_path / "good") + b"/\xff.png")).write_bytes(b"x")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xfe")).mkdir()
    folder = look(tmp_path)
    assert [file.path for file in folder.files] == ["good/0.png"]
    reason = "its name is not UTF-8"
    assert folder.skipped == {"\\udcfe/": reason, "good/\\udcff.png": reason}


def test_hidden_files_and_links_are_handled(tmp_path: Path) -> None:
    root = tmp_path / "root"
    fill(root / "good", 1)
    fill(root / ".cache", 1)
    fill(tmp_path / "elsewhere", 1)
    (root / "good" / ".hidden.png").touch()
    (root / "good" / "linked.png").symlink_to(tmp_path / "elsewhere/0.png")
    (root / "bad").symlink_to(tmp_path / "elsewhere")
    (root / "good" / "gone.png").symlink_to("nowhere.png")
    (root / "good" / "loop").symlink_to(root)
    os.mkfifo(root / "good" / "pipe.png")
    folder = look(root)
    assert [file.path for file in folder.files] == ["bad/0.png", "good/0.png", "good/linked.png"]
    assert folder.skipped == {
        ".cache/": "hidden",
        "good/.hidden.png": "hidden",
        "good/gone.png": "a broken link",
        "good/loop": "a link to a folder that was read already",
        "good/pipe.png": "not a regular file",
    }


def test_a_folder_that_is_none_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HourglassError, match="nowhere is not a folder; name one"):
        look(tmp_path / "nowhere")
    with pytest.raises(HourglassError, match=r"holds no images$"):
        look(tmp_path)
    (tmp_path / ".hidden").touch()
    with pytest.raises(HourglassError, match=r"holds no images; 1 skipped, the first: \.hidden \(hidden\)$"):
        look(tmp_path)
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "x.txt").touch()
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "x.txt").touch()
    reason = r"holds no images; 3 skipped, the first: test/x.txt \(not in a class folder\)$"
    with pytest.raises(HourglassError, match=reason):
        look(tmp_path)
    shutil.rmtree(tmp_path / "test")
    fill(tmp_path / "train" / "good", 1)
    with pytest.raises(HourglassError, match="has no test/ beside its other split; add it"):
        look(tmp_path)
    (tmp_path / "x.csv").write_text("file,class\n")
    with pytest.raises(HourglassError, match="needs the columns path and label"):
        look(tmp_path / "x.csv")


# Layouts that look like others


@pytest.mark.parametrize("wrapped", ["photos", "a/b"])
def test_folders_around_the_layout_are_passed(tmp_path: Path, wrapped: str) -> None:
    """As archives have them; what lies in them counts from the inner folder on."""
    fill(tmp_path / wrapped / "good", 2)
    fill(tmp_path / wrapped / "bad", 1)
    fill(tmp_path / "__MACOSX" / "x", 1)
    folder = look(tmp_path)
    assert found(tmp_path) == {("good", None): 2, ("bad", None): 1}
    assert folder.layout == f"class folders without a split, in {wrapped}/"
    assert {file.path for file in folder.files} == {"good/0.png", "good/1.png", "bad/0.png"}
    assert all((folder.root / file.path).is_file() for file in folder.files)


@pytest.mark.parametrize("inner", ["good/monday", "good", "parts"])
def test_a_single_class_folder_stays_one(tmp_path: Path, inner: str) -> None:
    fill(tmp_path / inner, 2)
    assert found(tmp_path) == {(inner.partition("/")[0], None): 2}


def test_a_list_in_the_only_folder_counts(tmp_path: Path) -> None:
    fill(tmp_path / "photos", 1)
    (tmp_path / "photos" / "list.csv").write_text("path,label\n0.png,a\n")
    assert found(tmp_path) == {("a", None): 1}


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "again").symlink_to(tmp_path)
    with pytest.raises(HourglassError, match="holds no images"):
        look(tmp_path)


def test_names_of_splits_may_have_capitals(tmp_path: Path) -> None:
    for name in ("Train/good", "TEST/bad", "Valid/good", "Ground_Truth/bad"):
        fill(tmp_path / name, 1)
    folder = look(tmp_path)
    assert found(tmp_path) == {("good", "train"): 1, ("bad", "test"): 1, ("good", "validation"): 1}
    assert list(folder.masks) == ["TEST/bad/0.png"]
    (tmp_path / "list.csv").write_text("path,label,split\nTrain/good/0.png,good, Train\n")
    assert found(tmp_path) == {("good", "train"): 1}


@pytest.mark.parametrize("inner", ["train/good", "Test/bad", "good"])
def test_several_data_sets_are_no_classes(tmp_path: Path, inner: str) -> None:
    fill(tmp_path / "bottle" / inner, 1)
    fill(tmp_path / "cable" / inner, 1)
    with pytest.raises(HourglassError, match=r"bottle/ holds \w+/, so it is no class folder; name .*/bottle"):
        look(tmp_path)


@pytest.mark.parametrize(
    ("loose", "beside"), [("", "thumbs"), ("train", "test/good"), ("extra/good", "train/good test/good")]
)
def test_images_beside_the_class_folders_are_not_dropped(tmp_path: Path, loose: str, beside: str) -> None:
    fill(tmp_path / loose, 3)
    for name in beside.split():
        fill(tmp_path / name, 1)
    with pytest.raises(HourglassError, match=r"3 images are in no class folder, the first \S*0.png, and [12] in one"):
        look(tmp_path)
