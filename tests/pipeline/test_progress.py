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


def shown(progress: Progress) -> list[list[str]]:
    """The bars as they stand on a terminal: name, bar and state of each."""
    progress.refresh()
    console = Console(width=120, file=StringIO(), record=True)
    console.print(progress.bars)
    return [[part.strip() for part in line.split(" ━")] for line in console.export_text().splitlines()]


def test_stage_is_expected_to_take_as_long_as_last_time(clock: list[float]) -> None:
    progress = Progress(["train@a", "train@b", "train@c", "report"], 2)
    assert progress.expected("train@a") == 60 + DVC_SECONDS
    assert progress.expected("train@b") == 60 + DVC_SECONDS, "as others of its kind took"
    assert progress.expected("report") == GUESS_SECONDS
    with progress:
        for name, seconds, outcome in (("train@b", 100.0, "done"), ("report", 1.0, "restored")):
            progress.started(name)
            clock[0] += seconds
            progress.finished(name, outcome)
    assert progress.expected("train@c") == 100
    assert progress.expected("report") == GUESS_SECONDS, "what was restored tells nothing"
    assert progress.expected("train@a") == 60 + DVC_SECONDS


def test_time_left_is_divided_by_the_jobs(clock: list[float]) -> None:
    progress = Progress(["train@a", "report", "accept"], 2)
    with progress:
        progress.started("train@a")
        clock[0] = 24.0
        assert progress.seconds_left() == (60 + DVC_SECONDS - 24 + 2 * GUESS_SECONDS) / 2
        clock[0] = 1000.0
        assert progress.seconds_left() == 2 * GUESS_SECONDS / 2, "late is not less than nothing"
        progress.finished("train@a", "done")
        for name in ("report", "accept"):
            progress.started(name)
            progress.finished(name, "done")
        assert progress.seconds_left() == 0


def test_bars_show_what_runs_and_count_the_rest(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(["train@a", "train@b", "evaluate@b", "report"], 2)
    with progress:
        progress.started("train@b")
        clock[0] = 30.0
        progress.finished("train@b", "restored")
        progress.started("train@a")
        clock[0] = 46.0
        lines = shown(progress)
    assert [line[0] for line in lines] == ["all stages", "train@a"]
    assert lines[0][-1].endswith("2 waiting, 1 restored; about 39 s left")
    assert lines[1][-1].endswith("16 s of about 64 s")
    assert progress.running["train@a"].percentage == 25
    # Not on a terminal: a line for what has ended, and no bars.
    assert capsys.readouterr() == (f"restored  {'train@b':<32}   30.0 s   3 left, about 47 s\n", "")
