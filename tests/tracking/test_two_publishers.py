"""Two publications at once, each in a process of its own, into one database."""

import multiprocessing
import os
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from mlflow.entities import ViewType

from hourglass.core import layout
from hourglass.core.files import read_json, write_json
from hourglass.detection.files import load_detector, save_detector
from hourglass.stages import publish
from tests.tracking.state import aliases, client, current, everything, live_runs, versions

SECOND_EXPERIMENT, SECOND_MODEL = "hourglass-digits-1", "hourglass-detector-digits-1"


def started(folder: Path) -> BaseProcess:
    """`hourglass publish` in `folder`."""

    def run() -> None:
        os.chdir(folder)
        os.environ["DVC_ROOT"] = str(folder)
        publish.main()

    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    return child


def wait_for_half_a_run(database: Path) -> None:
    """Return once a run is being written."""
    for _ in range(1200):
        with closing(sqlite3.connect(database, timeout=60)) as content:
            if content.execute("SELECT 1 FROM runs WHERE status = 'RUNNING'").fetchone():
                return
        time.sleep(0.05)
    raise AssertionError("no run was begun")


def ended(child: BaseProcess) -> int | None:
    """The exit status of a process, None if it does not end."""
    child.join(300)
    status = child.exitcode
    child.kill()
    return status


def publish_at_once(database: Path, first: Path, second: Path) -> None:
    """Publish what two folders hold; the second begins while the first writes a run."""
    one = started(first)
    wait_for_half_a_run(database)
    other = started(second)
    assert [ended(one), ended(other)] == [0, 0]


def deleted_runs() -> list[str]:
    experiments = [experiment.experiment_id for experiment in client().search_experiments()]
    return [run.info.run_id for run in client().search_runs(experiments, run_view_type=ViewType.DELETED_ONLY)]


def test_two_publishers_at_once_write_everything_once(
    database: Path, repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    publish_at_once(database, repository, repository)
    assert deleted_runs() == []
    runs = live_runs()
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert sorted(str(run.info.run_name) for run in runs) == ["pca", "vanilla"]
    assert sorted(str(version.run_id) for version in versions()) == sorted(run.info.run_id for run in runs)
    assert "waiting for PID" in capfd.readouterr().err
    assert aliases() == {"pca": "pca", "vanilla": "vanilla", "champion": "vanilla"}
    before = everything()
    publish.main()
    assert everything() == before


@pytest.fixture
def other_class(repository: Path, tmp_path: Path) -> Path:
    """A second checkout beside `repository`, for normal class 1 and with one variant."""
    folder = Path(shutil.copytree(repository, tmp_path / "other"))
    settings = read_json(folder / "params.yaml")
    settings["data"]["normal_class"] = 1
    settings["variants"] = {"pca": settings["variants"]["pca"]}
    write_json(folder / "params.yaml", settings)
    detector = replace(load_detector(folder / layout.detector("pca")), normal=1)
    save_detector(detector, folder / layout.detector("pca"))
    return folder


def test_two_normal_classes_at_once_keep_their_aliases(
    database: Path, repository: Path, other_class: Path, quick_models: None
) -> None:
    publish_at_once(database, repository, other_class)
    assert deleted_runs() == []
    assert {str(run.info.run_name) for run in live_runs(SECOND_EXPERIMENT)} == {"pca"}
    assert aliases() == {"pca": "pca", "vanilla": "vanilla", "champion": "vanilla"}
    assert aliases(SECOND_MODEL) == {"pca": "pca", "champion": "pca"}
    assert current().keys() == {"pca", "vanilla"}
    before = everything()
    publish.main()
    assert everything() == before
