import io
import os
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pytest
from PIL import Image

from hourglass.core.errors import SettingsError
from hourglass.prediction import sources
from hourglass.prediction.sources import image_files, printable, read, target

SHAPE = (1, 8, 8)


def flat(batches: Iterable[list[str]]) -> list[str]:
    return list(chain.from_iterable(batches))


@pytest.fixture
def start(tmp_path: Path) -> Path:
    for name in ("a/2.png", "a/1.png", "a/.hidden.png", "a/.trash/3.png", "a/deep/er/4.png", "b.png"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 9).save(file)
    return tmp_path


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["b.png", "a"], ["b.png", "a/1.png", "a/2.png", "a/deep/er/4.png"]),
        (["a/"], ["a/1.png", "a/2.png", "a/deep/er/4.png"]),
        (["a/*"], ["a/1.png", "a/2.png"]),
        (["**/*.png"], ["a/1.png", "a/2.png", "a/deep/er/4.png", "b.png"]),
        (["a/[1-9].png", "none*.png", "none"], ["a/1.png", "a/2.png", "none*.png", "none"]),
    ],
)
def test_files_folders_and_patterns_become_files(start: Path, paths: list[str], expected: list[str]) -> None:
    assert flat(image_files(paths, start)) == expected


def test_absolute_paths_stay_absolute(start: Path) -> None:
    assert flat(image_files([str(start / "a" / "deep")], Path("/"))) == [str(start / "a" / "deep" / "er" / "4.png")]


def test_brackets_in_a_name_are_no_pattern(start: Path) -> None:
    (start / "c[1].png").touch()
    assert flat(image_files(["c[1].png"], start)) == ["c[1].png"]


def test_a_dash_reads_names_from_standard_input(start: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"b.png\n\na/1.png\r\nodd\xff name\n")))
    assert flat(image_files(["-", "a/2.png"], start)) == ["b.png", "a/1.png", "odd\udcff name", "a/2.png"]


def test_names_are_taken_as_they_arrive(start: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is still being written is not waited for."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as target:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(source))
        batches = image_files(["-", "b.png"], start)
        for arrived, expected in ((b"1.png\n2.p", ["1.png"]), (b"ng\n\n3.png\n", ["2.png", "3.png"])):
            target.write(arrived)
            assert next(batches) == expected
        target.write(b"4.png")
        target.close()
        assert list(batches) == [["4.png"], ["b.png"]]


def test_files_come_in_bounded_batches(start: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BATCH", 3)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"1\n2\n3\n4\n")))
    assert list(image_files(["b.png", "a", "-"], start)) == [
        *(["b.png", "a/1.png", "a/2.png"], ["a/deep/er/4.png"], ["1", "2", "3"], ["4"])
    ]


def test_files_of_operating_systems_are_no_images(start: Path) -> None:
    """The rule is that of `hourglass init`."""
    for name in ("Thumbs.db", "desktop.ini", "__MACOSX/1.png"):
        (start / "a" / "deep" / name).parent.mkdir(exist_ok=True)
        (start / "a" / "deep" / name).touch()
    assert flat(image_files(["a/deep"], start)) == ["a/deep/er/4.png"]
    assert flat(image_files(["a/deep/Thumbs.db"], start)) == ["a/deep/Thumbs.db"], "what is named is read"


def test_a_folder_that_holds_itself_is_read_once(start: Path) -> None:
    (start / "a" / "loop").symlink_to(start / "a")
    (start / "a" / "other").symlink_to(start / "a" / "deep")
    found = flat(image_files(["a"], start))
    assert len(found) == 3
    assert {os.path.realpath(start / name) for name in found} == {
        str(start / "a" / name) for name in ("1.png", "2.png", "deep/er/4.png")
    }


@pytest.mark.parametrize("written", ["a", "a/../a/", "b.png"])
def test_an_input_that_would_be_written_is_named(start: Path, written: str) -> None:
    path = "b.png" if written == "b.png" else "a"
    with pytest.raises(SettingsError, match=f"^{path} is an input and an output of this command; name another output$"):
        image_files([path], start, [Path(written), None])


def test_what_the_command_writes_is_left_out_of_patterns(start: Path) -> None:
    assert flat(image_files(["a/*"], start, [Path("a/2.png")])) == ["a/1.png"]


def test_what_the_command_writes_is_left_out_of_folders(start: Path) -> None:
    assert flat(image_files([".", "a"], start, [Path("a/deep"), Path("a/1.png"), None])) == [
        *("./b.png", "./a/2.png", "a/2.png")
    ]


def test_what_cannot_be_read_is_named_with_its_reason(start: Path) -> None:
    (start / "text.png").write_text("no image")
    (start / "empty.png").touch()
    os.mkfifo(start / "pipe")
    reasons = {name: read(name, start, SHAPE, "pad") for name in ("text.png", "empty.png", "pipe", "none", "x\0y")}
    assert reasons == {
        "text.png": "not an image",
        "empty.png": "empty file",
        "pipe": "not a regular file",
        "none": "no such file",
        "x\0y": "no such file",
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/b.jpg", "out/a/b.jpg.png"),
        ("a/b.png", "out/a/b.png.png"),
        ("/tmp/a.png", "out/tmp/a.png.png"),  # noqa: S108
        ("../../a.png", "out/_/_/a.png.png"),
    ],
)
def test_pictures_stay_in_their_folder(name: str, expected: str) -> None:
    assert target(Path("out"), name) == Path(expected)


def test_odd_names_print_in_one_line() -> None:
    assert printable("ä b\n\udcff.png") == "ä b\\n\\udcff.png"
