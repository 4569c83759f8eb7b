"""What `hourglass check` says of the champion."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hourglass import cli
from hourglass.pipeline import gate
from hourglass.pipeline.gate import Outcome
from tests.tracking.state import MODEL, client

Edit = Callable[..., None]


@pytest.fixture
def check(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """Runs the command, whose gate finds nothing wrong; returns the exit status."""
    (repository / ".dvc").mkdir()
    monkeypatch.setattr(sys, "argv", ["hourglass", "check"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    def examine(_: str | None, found: str | None) -> Outcome:
        return Outcome(None, [], {}, [], [], found, [found] if found else [], [])

    monkeypatch.setattr(gate, "examine", examine)

    def run() -> object:
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code

    return run


def test_an_accepted_champion_passes(published: Path, check: Callable[[], object]) -> None:
    assert check() == 0


def test_a_champion_that_fails_a_criterion_is_named_loudly(
    published: Path, check: Callable[[], object], edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    edit("params.yaml", "accept", "detectors", "min", to=0.95)
    assert check() == 1
    assert "CHAMPION NOT ACCEPTED: version 2 (vanilla), which is served, does not meet" in capsys.readouterr().err


def test_a_lost_champion_fails_the_check(
    published: Path, check: Callable[[], object], capsys: pytest.CaptureFixture[str]
) -> None:
    client().create_model_version(MODEL, f"models:/{MODEL}/1", tags={"variant": "pca"})
    client().set_registered_model_alias(MODEL, "champion", "3")
    assert check() == 1
    assert "CHAMPION LOST: version 3 (pca)" in capsys.readouterr().err


def test_nothing_published_is_nothing_to_check(
    repository: Path, check: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert check() == 0
    assert not (repository / "mlflow.db").exists()


def test_a_server_that_is_down_does_not_fail_the_check(
    check: Callable[[], object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    assert check() == 0
    assert "the champion could not be checked: MLflow at http://127.0.0.1:1 does not answer" in capsys.readouterr().err
