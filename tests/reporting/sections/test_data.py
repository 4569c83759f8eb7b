from typing import Any

import numpy as np

from hourglass.reporting.results import Account
from hourglass.reporting.sections.data import data
from hourglass.reporting.verdicts import Verdict

CONTENT: dict[str, Any] = {
    "name": "parts",
    "layout": "class folders without a split",
    "split": "made here",
    "image_shape": [3, 16, 24],
    "fit": "pad",
    "classes": ["good", "bent"],
    "counts": {"train": {"good": 7, "bent": 2}, "validation": {"good": 2, "bent": 0}, "test": {"good": 2, "bent": 1}},
    "file_sizes": {"smallest": [30, 20], "largest": [60, 40], "different": 5},
    "masks": 0,
    "duplicates": {"groups": 1, "images": 2, "first": [["a.png", "b.png"]]},
    "leaks": {"groups": 0, "images": 0, "first": []},
    "warnings": [],
    "skipped": [{"file": "c.png", "reason": "empty file"}],
}
SAMPLES = {name: np.zeros((3, 3, 16, 24)) for name in ("good", "bent")}


def account(**changes: Any) -> Account:
    return Account(CONTENT | changes, SAMPLES)


def test_counts_are_by_class_and_split() -> None:
    table = data(account()).table
    assert table
    assert [column.title for column in table.columns] == ["train images", "validation images", "test images"]
    assert {row.name: [cell.text for cell in row.cells] for row in table.rows} == {
        "good": ["7", "2", "2"],
        "bent": ["2", "0", "1"],
    }


def test_skipped_files_have_reasons() -> None:
    found = data(account()).breakdown
    assert found
    assert found.title == "Skipped files: 1"
    assert [(row.name, row.cells[0].text) for row in found.table.rows] == [("c.png", "empty file")]
    assert data(account(skipped=[])).breakdown is None


def test_of_many_skipped_files_the_first_have_rows() -> None:
    found = data(
        account(skipped=[{"file": f"{number}.png", "reason": "empty file"} for number in range(201)])
    ).breakdown
    assert found
    assert found.title == "Skipped files: 201"
    assert len(found.table.rows) == 200
    assert found.intro == "Files that were not read, and why. The first 200 stand here; reports/data.json has all."


def test_the_account_is_told_in_words() -> None:
    section = data(account())
    assert section.intro == (
        "Layout of the folder: class folders without a split. Split: made here. Images are read as 24 x 16 pixels with "
        "three channels (colour)."
    )
    assert section.verdicts == [
        Verdict("14 images of parts; classes: 2; skipped files: 1."),
        Verdict(
            "Sizes of the files: 30 x 20 to 60 x 40 pixels, 5 different ones. Aspect ratio: kept, filled up with black."
        ),
        Verdict("Equal images: 2 in 1 group. They are:", ["a.png = b.png"]),
    ]


def test_leaks_masks_and_warnings_are_named() -> None:
    leaks = {"groups": 1, "images": 2, "first": [["train/a.png", "test/a.png"]]}
    one_size = {"smallest": [30, 20], "largest": [30, 20], "different": 1}
    none = {"groups": 0, "images": 0, "first": []}
    changes = {"leaks": leaks, "masks": 9, "file_sizes": one_size, "duplicates": none, "warnings": ["Nearly black."]}
    found = data(account(**changes)).verdicts
    assert found[1:] == [
        Verdict("Sizes of the files: 30 x 20 pixels. Aspect ratio: kept, filled up with black."),
        Verdict("No two images are equal."),
        Verdict(
            "Equal images in two splits, which makes test metrics too good: 1. The first:", ["train/a.png = test/a.png"]
        ),
        Verdict("Nearly black."),
        Verdict("Masks of defects in ground_truth/: 9."),
    ]


def test_samples_have_a_row_per_class() -> None:
    (picture,) = data(account()).pictures
    (axis,) = picture.draw().axes
    assert [text.get_text() for text in axis.texts] == ["good", "bent"]
