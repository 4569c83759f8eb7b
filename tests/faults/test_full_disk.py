"""A disk that is full for real: a small tmpfs, where the machine lets us mount one."""

import multiprocessing
import os
import shutil
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from hourglass.core import stage, weights
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, write_arrays, write_csv, write_json, write_text
from hourglass.data.imageset import ImageSet
from hourglass.exclusion import holding
from hourglass.prediction.predict import Request, predict
from hourglass.prediction.reconstruct import reconstruct
from tests.faults.test_kills import STAGES, partials

PAGE = os.sysconf("SC_PAGESIZE")  # what a tmpfs gives a file at a time
FULL = "No space left on device"
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork:DeprecationWarning")


def fill(disk: Path, *, leaving: int) -> Path:
    """Leave this many bytes free; returns the file that takes all others."""
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    free = os.statvfs(disk)
    filler.write_bytes(bytes(free.f_bavail * free.f_frsize - leaving))
    return filler


def run(work: Callable[[], object]) -> int | None:
    """The exit status of `work` as a command, in a process of its own."""
    child = multiprocessing.get_context("fork").Process(target=lambda: sys.exit(stage.attempt(work)))
    child.start()
    child.join(120)
    status = child.exitcode
    child.kill()
    return status


NUMBERS = np.random.default_rng(0).integers(0, 256, (400, 1, 32, 32), dtype=np.uint8)
TEXT = NUMBERS.tobytes().hex()
WRITERS: dict[str, Callable[[Path], object]] = {
    "a.txt": lambda path: write_text(path, TEXT),
    "a.json": lambda path: write_json(path, TEXT),
    "a.csv": lambda path: write_csv(path, ["text"], [[TEXT]]),
    "a.npz": lambda path: write_arrays(path, {"numbers": NUMBERS}),
    "a.safetensors": lambda path: weights.write(path, "model", {"numbers": torch.from_numpy(NUMBERS)}, {}),
    "images.npy": lambda path: ImageSet(NUMBERS).save(path.parent),
}


@pytest.mark.parametrize("leaving", [0, 5 * PAGE])
@pytest.mark.parametrize("name", WRITERS)
def test_a_file_is_written_whole_or_the_old_one_stays(disk: Path, name: str, leaving: int) -> None:
    path = disk / name
    path.write_text("old")
    fill(disk, leaving=leaving)
    with pytest.raises(HourglassError, match=rf"^cannot write {path}: {FULL}.*intact$"):
        WRITERS[name](path)
    assert path.read_text() == "old"
    assert {file.name for file in disk.iterdir()} == {name, "filler"}


@pytest.fixture
def repository_there(repository: Path, disk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository on the small disk, which is the working directory."""
    folder = disk / "repository"
    shutil.copytree(repository, folder, ignore=shutil.ignore_patterns("disk"))
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("name", ["train", "detect"])
def test_a_stage_fails_in_one_line_and_leaves_whole_files(
    repository_there: Path, disk: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    work = partial(import_module(f"hourglass.stages.{name}").main, "vanilla")
    assert run(work) == 0
    whole = {file: file.read_bytes() for file in STAGES[name]}
    used = sum(PAGE * -(-len(content) // PAGE) for content in whole.values())
    capfd.readouterr()
    for leaving in (0, used // 2, used - PAGE):
        for file in whole:
            file.unlink(missing_ok=True)  # as DVC does before it runs a stage
        filler = fill(disk, leaving=leaving)
        assert run(work) == 1
        (line,) = capfd.readouterr().err.splitlines()
        assert line.startswith("error: cannot write ")
        assert FULL in line
        assert {file: file.read_bytes() for file in whole if file.exists()}.items() < whole.items()
        assert partials() == []
        filler.unlink()
    assert run(work) == 0
    assert {file: file.read_bytes() for file in whole} == whole


def test_a_lock_holds_on_a_full_disk(disk: Path) -> None:
    (disk / "lock").touch()
    fill(disk, leaving=0)

    def blocked(holder: str) -> None:
        raise HourglassError(f"{holder} is at work")

    with (
        holding(disk / "lock", blocked),
        pytest.raises(HourglassError, match="another process is at work"),
        holding(disk / "lock", blocked),
    ):
        pass


@pytest.fixture
def photos(repository_there: Path, digits: ImageSet) -> Path:
    """Files of digits with long names, and a detector of them."""
    folder = repository_there / "photos"
    folder.mkdir()
    for number in range(60):
        Image.fromarray(digits[number : number + 1][0, 0]).save(folder / f"{number:03}{'x' * 200}.png")
    import_module("hourglass.stages.detect").main("vanilla")
    return folder


@pytest.mark.parametrize("leaving", [0, PAGE, 3 * PAGE])
def test_predictions_on_a_full_disk_are_whole_rows(
    photos: Path, disk: Path, tmp_path: Path, leaving: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hourglass.prediction.sources.BATCH", 8)
    whole = Request(["photos"], Path.cwd(), "vanilla", csv=tmp_path / "whole.csv", json=tmp_path / "whole.json")
    assert predict(whole) == 0
    fill(disk, leaving=leaving)
    table, content = disk / "new.csv", disk / "new.json"
    with pytest.raises(HourglassError, match=rf"^cannot write {table}: {FULL}; it holds what was scored before"):
        predict(Request(["photos"], Path.cwd(), "vanilla", csv=table))
    assert (tmp_path / "whole.csv").read_text().startswith(table.read_text())
    assert table.read_text().endswith("\n") or not leaving
    table.unlink()
    with pytest.raises(HourglassError, match=rf"^cannot write {content}: {FULL}; it holds what was scored before"):
        predict(Request(["photos"], Path.cwd(), "vanilla", json=content))
    if leaving:
        rows = read_json(content)["images"]
        assert rows == read_json(tmp_path / "whole.json")["images"][: len(rows)]


def test_pictures_on_a_full_disk_are_whole(photos: Path, disk: Path) -> None:
    fill(disk, leaving=5 * PAGE)
    with pytest.raises(HourglassError, match=rf"^cannot write {disk}/maps/photos/.*\.png: {FULL}"):
        predict(Request(["photos"], Path.cwd(), "vanilla", maps=disk / "maps"))
    fill(disk, leaving=2 * PAGE)
    with pytest.raises(HourglassError, match=rf"^cannot write {disk}/out/photos/.*\.png: {FULL}"):
        reconstruct(["photos"], Path.cwd(), "vanilla", disk / "out")
    for folder in (disk / "maps", disk / "out"):
        files = [file for file in folder.rglob("*") if file.is_file()]
        assert files
        for file in files:
            assert file.suffix == ".png"
            Image.open(file).load()
