"""Two rebuilds at once: the second names the first, or waits for it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hourglass.core.errors import HourglassError
from hourglass.pipeline import lock

HOLD = "from hourglass.pipeline import lock\nwith lock.exclusive(wait=False):\n    print(1, flush=True)\n    input()"


@pytest.fixture
def other(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds the lock of the working directory until it reads a line or is killed."""
    monkeypatch.chdir(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, "repro"],
        env={"PYTHONPATH": str(root / "src")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "1\n"
        yield process
        process.kill()


def test_a_second_rebuild_names_the_first(other: "subprocess.Popen[str]") -> None:
    message = rf"^PID {other.pid} \(-c repro\) is rebuilding here; wait for it \(`hourglass repro` does with --wait\)"
    with pytest.raises(HourglassError, match=message), lock.exclusive(wait=False):
        pass


def test_a_rebuild_can_wait(other: "subprocess.Popen[str]", capsys: pytest.CaptureFixture[str]) -> None:
    assert other.stdin
    other.stdin.write("go on\n")
    other.stdin.flush()
    with lock.exclusive(wait=True):
        assert other.wait(20) == 0


def test_the_lock_of_a_killed_process_is_free(other: "subprocess.Popen[str]") -> None:
    other.kill()
    other.wait()
    with lock.exclusive(wait=False):
        pass
