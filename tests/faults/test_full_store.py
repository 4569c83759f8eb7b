"""Publishing on a disk that is full for real."""

import os
from pathlib import Path

import pytest

from hourglass.stages import publish
from hourglass.tracking import store
from tests.faults.test_full_disk import fill, run
from tests.tracking import state
from tests.tracking.conftest import FOREIGN_WARNINGS

pytestmark = [pytest.mark.filterwarnings(rule) for rule in FOREIGN_WARNINGS]


def failed(capfd: pytest.CaptureFixture[str]) -> str:
    """The error that was printed; MLflow notes and progress may stand before it."""
    found = capfd.readouterr().err
    assert "Traceback" not in found
    (line,) = [line for line in found.splitlines() if "rror" in line]
    assert line.startswith("error: MLflow")
    return line


def test_publishing_on_a_full_disk_is_one_line_and_heals(
    template: Path, empty_database: Path, disk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with state.copied(template, empty_database, disk) as database:
        for leaving in (0, 400_000):
            filler = fill(disk, leaving=leaving)
            assert run(publish.main) == 1
            line = failed(capfd)
            assert str(database) in line
            assert "full; free space on that disk" in line
            filler.unlink()
        assert run(publish.main) == 0
        runs = state.live_runs()
        assert {run.info.status for run in runs} == {"FINISHED"}
        ids = sorted(run.info.run_id for run in runs)
        assert sorted(str(version.run_id) for version in state.versions()) == ids
        models = state.client().search_logged_models([runs[0].info.experiment_id])
        assert sorted(str(model.source_run_id) for model in models) == ids
        assert state.aliases() == {"pca": "pca", "vanilla": "vanilla", "champion": "vanilla"}


def test_artifacts_on_a_full_disk_are_one_line(
    template: Path, empty_database: Path, disk: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with state.copied(template, empty_database, tmp_path):
        (tmp_path / "repository" / "mlartifacts").symlink_to(disk)
        fill(disk, leaving=100_000)
        assert run(publish.main) == 1
        assert "No space left on device" in (line := failed(capfd))
        assert line.endswith("free space on that disk; run `hourglass publish` to finish")


def test_a_database_without_room_is_not_made(
    disk: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{disk / 'mlflow.db'}")
    filler = fill(disk, leaving=300_000)
    assert run(store.open_client) == 1
    assert failed(capfd).endswith("disk is full); free space there, then run `hourglass publish`")
    assert os.listdir(disk) == ["filler"]
    filler.unlink()
    assert store.open_client().search_experiments()
