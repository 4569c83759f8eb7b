import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from hourglass.core.errors import HourglassError
from hourglass.tracking import database as databases
from hourglass.tracking import store
from tests.tracking.state import die, in_child


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def scramble(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:20000] = os.urandom(20000 - 4096)
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [cut, scramble, lambda file: file.write_bytes(os.urandom(9999))])
def test_a_damaged_database_is_one_line(database: Path, damage: Callable[[Path], object]) -> None:
    damage(database)
    with pytest.raises(HourglassError, match=f"database {database} is damaged .*; delete it, then `hourglass publish`"):
        store.open_client()


def test_a_locked_database_names_its_user_within_seconds(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "SECONDS_TO_UNLOCK", 0.1)
    code = "import sqlite3, sys, time; d = sqlite3.connect(sys.argv[1]); d.execute('BEGIN EXCLUSIVE')"
    command = [sys.executable, "-c", f"{code}; print(1, flush=True); time.sleep(60)", str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        started = time.monotonic()
        with pytest.raises(HourglassError, match=f"database is locked; it is open in PID {other.pid}, python"):
            store.open_client()
        assert time.monotonic() - started < 20
        other.kill()


def test_a_whole_database_or_none_is_fine(database: Path, tmp_path: Path) -> None:
    databases.require_usable(f"sqlite:///{database}")
    databases.require_usable(f"sqlite:///{tmp_path / 'none.db'}")
    (tmp_path / "empty.db").touch()
    databases.require_usable(f"sqlite:///{tmp_path / 'empty.db'}")
    databases.require_usable("http://127.0.0.1:1")
    with closing(sqlite3.connect(database)) as unlocked:
        unlocked.execute("BEGIN IMMEDIATE")


def test_a_database_whose_making_was_killed_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "new.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{file}")

    def killed() -> None:
        monkeypatch.setattr("mlflow.store.db.utils._upgrade_db", die)  # half of the tables are there by then
        store.open_client()

    assert in_child(killed) == -signal.SIGKILL
    assert not file.exists()
    assert store.open_client().search_experiments()
    assert os.listdir(tmp_path) == ["new.db"]


def test_half_made_tables_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As earlier versions left them."""
    file = tmp_path / "half.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as half:
        half.execute("CREATE TABLE assessments (assessment_id INTEGER)")
    with pytest.raises(HourglassError, match=r"refused: .* already exists; .*delete it and run `hourglass publish`$"):
        store.open_client()


@pytest.mark.parametrize("repository", ["100%", "why?", "a%20b"], indirect=True)
def test_a_path_that_mlflow_misreads_is_refused(database: Path, repository: Path) -> None:
    with pytest.raises(HourglassError, match="it has % or \\? in its path; rename the folder"):
        store.open_client()


def test_pages_of_sql_are_cut(database: Path) -> None:
    assert len(store.refusal(ValueError("x\n" * 5000))) < 1000
