from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from hourglass.core.files import write_json
from hourglass.pipeline.progress import DVC_SECONDS, GUESS_SECONDS, Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[float]:
    """A clock that stands still until it is set, in a folder where `train@a` ran once, in a minute."""
    monkeypatch.chdir(tmp_path)
    write_json(Path("reports/timings/train-a.json"), {"seconds": 60.0, "import_seconds": 2.0})
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def shown(progress: Progress) -> str:
    console = Console(width=100, file=StringIO(), record=True)
    console.print(progress.table())
    return console.export_text()


def test_a_stage_takes_as_long_as_last_time_or_as_others_of_its_kind(clock: list[float]) -> None:
    progress = Progress(["train@a", "train@b", "train@c", "report"], 2)
    assert progress.expected("train@a") == 60 + DVC_SECONDS
    assert progress.expected("train@b") == progress.expected("report") == GUESS_SECONDS
    with progress:
        for name, seconds, outcome in (("train@b", 100.0, "done"), ("report", 1.0, "restored")):
            progress.started(name)
            progress.finished(name, seconds, outcome)
    assert progress.expected("train@c") == 100
    assert progress.expected("report") == GUESS_SECONDS, "what was restored tells nothing"
    assert progress.expected("train@a") == 60 + DVC_SECONDS


def test_what_is_left_is_shared_among_the_jobs(clock: list[float]) -> None:
    progress = Progress(["train@a", "report", "accept"], 2)
    with progress:
        progress.started("train@a")
        clock[0] = 24.0
        assert progress.seconds_left() == (60 + DVC_SECONDS - 24 + 2 * GUESS_SECONDS) / 2
        clock[0] = 1000.0
        assert progress.seconds_left() == 2 * GUESS_SECONDS / 2, "late is not less than nothing"
        progress.finished("train@a", 1000.0, "done")
        for name in ("report", "accept"):
            progress.started(name)
            progress.finished(name, 5.0, "done")
        assert progress.seconds_left() == 0


def test_the_table_has_what_runs_and_counts_the_rest(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(["train@a", "train@b", "evaluate@b", "report"], 2)
    with progress:
        progress.started("train@b")
        progress.finished("train@b", 30.0, "restored")
        progress.started("train@a")
        clock[0] = 12.0
        text = shown(progress)
    (row,) = [line.split("│") for line in text.splitlines() if "train@a" in line]
    assert [cell.strip() for cell in row[1:5]] == ["train@a", "running", "12 s", "64 s"]
    assert "2 waiting, 1 restored" in text
    assert "min left" in text
    # Not on a terminal: a line for what has ended.
    assert capsys.readouterr().out == f"restored  {'train@b':<32}   30.0 s   3 left\n"
