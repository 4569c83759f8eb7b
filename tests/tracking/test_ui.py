import os
import socket
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hourglass import cli
from hourglass.core.errors import HourglassError
from hourglass.pipeline import staleness
from hourglass.tracking import ui
from tests.tracking.state import everything

VIEW = "/#/experiments/1/runs?workflowType=machine_learning&viewStateShareKey=current"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command that the process would become."""
    command: list[str] = []
    monkeypatch.setattr(os, "execv", lambda _, arguments: command.extend(arguments))
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", "")
    monkeypatch.setenv("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "")
    return command


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield int(server.getsockname()[1])


def test_the_printed_address_opens_the_view(
    database: Path, started: list[str], taken: int, capsys: pytest.CaptureFixture[str]
) -> None:
    ui.serve(taken, "hourglass")
    port = int(started[started.index("--port") + 1])
    assert port > taken
    assert f"http://127.0.0.1:{port}{VIEW}" in capsys.readouterr().out
    assert started[started.index("--host") + 1] == "127.0.0.1"


def test_stale_results_are_not_published_but_others_shown(
    published: Path, started: list[str], taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise HourglassError("stage train@vae is stale")

    monkeypatch.setattr(staleness, "require_current", refuse)
    before = everything()
    cli._ui(Namespace(port=taken))
    assert everything() == before
    assert "nothing is published: stage train@vae is stale" in capsys.readouterr().err
    assert "--port" in started
    with pytest.raises(HourglassError, match="is stale"):
        cli._publish(Namespace())


def test_the_server_gets_its_database_by_the_environment(database: Path, started: list[str]) -> None:
    ui.serve(5000, "hourglass")
    assert os.environ["MLFLOW_BACKEND_STORE_URI"] == f"sqlite:///{database}"
    assert not [argument for argument in started if "sqlite" in argument]


def test_a_server_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, started: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://user:se%40cret@example.org:8443/mlflow/")
    monkeypatch.setattr(ui, "connect", lambda name: (None, "1"))
    ui.serve(5000, "hourglass")
    assert capsys.readouterr().out == f"open https://example.org:8443/mlflow{VIEW}\n"
    assert started == []
