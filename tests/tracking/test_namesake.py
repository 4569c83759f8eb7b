"""`hourglass init` with a name that MLflow knows."""

from pathlib import Path

import pytest

from hourglass.tracking import namesake
from hourglass.tracking.store import connect


def test_a_taken_name_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.chdir(tmp_path)
    assert namesake.warning("hourglass-parts-0") is None
    connect("hourglass-parts-0")
    assert "MLflow has results named hourglass-parts-0; if they are of other images" in str(
        namesake.warning("hourglass-parts-0")
    )


def test_a_server_that_does_not_answer_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    assert "could not be checked: MLflow at http://127.0.0.1:1 does not answer" in str(namesake.warning("a"))
