"""Two publications at once into one server from two machines, which share no lock file."""

import multiprocessing
import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from hourglass.stages import publish
from hourglass.tracking import ledger
from tests.tracking.server import serving
from tests.tracking.state import aliases, client, everything, live_runs, versions
from tests.tracking.test_two_publishers import deleted_runs, ended


def wait_for(happened: Callable[[], bool], failure: str) -> None:
    for _ in range(3000):
        if happened():
            return
        time.sleep(0.2)
    raise AssertionError(failure)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def server(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with serving(database, tmp_path / "served") as (_, port):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
        wait_for(lambda: answers(port), "no answer of the server")
        yield


def started(machine: str, scratch: Path) -> BaseProcess:
    """`hourglass publish` on a machine of that name, with temporary files in the folder `scratch`."""
    scratch.mkdir()

    def run() -> None:
        tempfile.tempdir = str(scratch)
        os.environ["TMPDIR"] = str(scratch)
        ledger._machine = lambda: machine
        publish.main()

    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    return child


def test_two_machines_at_once_write_everything_once(
    server: None, tmp_path: Path, quick_models: None, capfd: pytest.CaptureFixture[str]
) -> None:
    first = started("first", tmp_path / "first")
    wait_for(lambda: bool(live_runs()) or not first.is_alive(), "no run was begun")
    second = started("second", tmp_path / "second")
    assert [ended(first), ended(second)] == [0, 0]
    assert deleted_runs() == []
    runs = live_runs()
    assert sorted(str(run.info.run_name) for run in runs) == ["pca", "vanilla"]
    assert sorted(str(version.run_id) for version in versions()) == sorted(run.info.run_id for run in runs)
    assert aliases() == {"pca": "pca", "vanilla": "vanilla", "champion": "vanilla"}
    assert "which writes to MLflow" in capfd.readouterr().err
    before = everything()
    publish.main()
    assert everything() == before


def test_two_machines_begin_on_an_empty_server(server: None, tmp_path: Path, quick_models: None) -> None:
    machines = [started(name, tmp_path / name) for name in ("first", "second")]
    assert [ended(machine) for machine in machines] == [0, 0]
    assert sorted(str(run.info.run_name) for run in live_runs()) == ["pca", "vanilla"]
    assert len(versions()) == 2
    assert client().get_experiment_by_name("hourglass-digits-0") is not None
