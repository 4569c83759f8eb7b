import csv
import errno
import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from hourglass.core.errors import HourglassError
from hourglass.core.files import read_bytes, read_json, replacing, write_csv, write_json, write_text


def half_a_file(path: Path) -> None:
    path.write_text("half of the new")


def half_a_folder(path: Path) -> None:
    path.mkdir()
    (path / "first").write_text("half of the new")


def fail(path: Path, write_half: Callable[[Path], None], error: BaseException) -> None:
    with replacing(path) as partial:
        write_half(partial)
        raise error


HALVES = pytest.mark.parametrize("write_half", [half_a_file, half_a_folder])


def test_the_new_file_replaces_the_old_one_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "made" / "on the way" / "file"
    write_text(path, "old")
    with replacing(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    with replacing(path) as partial:
        half_a_folder(partial)
        assert not path.exists()
    assert [file.name for file in path.iterdir()] == ["first"]
    assert list(tmp_path.iterdir()) == [path]


@HALVES
def test_a_full_disk_leaves_the_old_file_and_no_partial_one(tmp_path: Path, write_half: Callable[[Path], None]) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(HourglassError, match=f"cannot write {path}: No space left on device"):
        fail(path, write_half, OSError(errno.ENOSPC, "No space left on device"))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@HALVES
def test_any_other_failure_leaves_the_old_file(tmp_path: Path, write_half: Callable[[Path], None]) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        fail(path, write_half, KeyboardInterrupt())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@HALVES
def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path, write_half: Callable[[Path], None]) -> None:
    path = tmp_path / "file"
    with replacing(path) as partial:
        left = partial
        partial.touch()
    write_half(left)
    write_text(path, "new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_parent_that_is_a_file_is_reported_with_the_path(tmp_path: Path) -> None:
    (tmp_path / "parent").touch()
    path = tmp_path / "parent" / "file"
    with pytest.raises(HourglassError, match=f"cannot write {path}: "):
        write_text(path, "text")


def test_json_returns_as_it_was_written(tmp_path: Path) -> None:
    content = {"name": "Küken", "values": [1, 0.1, None], "inner": {"passed": True}}
    path = tmp_path / "content.json"
    write_json(path, content)
    assert read_json(path) == content
    assert path.read_text(encoding="utf-8").endswith("}\n")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_json_lacks_is_not_written(tmp_path: Path, value: float) -> None:
    path = tmp_path / "content.json"
    write_json(path, {"value": 1.0})
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"value": value})
    assert json.loads(path.read_text()) == {"value": 1.0}


def test_a_missing_or_damaged_json_file_says_how_to_rebuild_it(tmp_path: Path) -> None:
    path = tmp_path / "content.json"
    with pytest.raises(HourglassError, match=f"{path} is missing; run `dvc repro`"):
        read_json(path)
    path.write_text('{"value": 1')
    with pytest.raises(HourglassError, match=f"{path} is not valid JSON .* run `dvc repro`"):
        read_json(path)


def test_a_table_returns_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "made" / "table.csv"
    write_csv(path, ("class", "score"), iter([("T-shirt/top", 0.1), ('a "quoted", name', 2), ("Küken", "")]))
    with path.open(newline="", encoding="utf-8") as file:
        table = list(csv.reader(file))
    assert table == [["class", "score"], ["T-shirt/top", "0.1"], ['a "quoted", name', "2"], ["Küken", ""]]


def test_a_table_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    def rows() -> Iterator[Sequence[int]]:
        yield (1,)
        raise KeyboardInterrupt

    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_csv(path, ("value",), rows())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_bytes_of_a_missing_file_say_how_to_rebuild_it(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"\xff")
    assert read_bytes(tmp_path / "there") == b"\xff"
    with pytest.raises(HourglassError, match=f"{tmp_path}/absent is missing; run `dvc repro`"):
        read_bytes(tmp_path / "absent")


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"{", b"NaN", b'{"a": Infinity}', b"[" * 100_000, b"9" * 5000, b"\0", b"{} {}"],
    ids=["empty", "bytes", "cut", "nan", "infinity", "deep", "digits", "nul", "two"],
)
def test_what_is_no_json_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(
        HourglassError, match=r"a\.json is not valid JSON \(.*\); run `dvc repro` to rebuild it"
    ) as caught:
        read_json(tmp_path / "a.json")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_folder_in_a_file_s_place_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(HourglassError, match="cannot be read: Is a directory; run `dvc repro` to rebuild it"):
        read_json(tmp_path)
