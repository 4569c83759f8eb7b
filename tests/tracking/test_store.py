import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from socketserver import BaseRequestHandler, TCPServer

import pytest

from hourglass.core.errors import HourglassError
from hourglass.tracking import store
from hourglass.tracking.address import address


@pytest.fixture
def closed_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def rude_port() -> Iterator[int]:
    """A server that accepts every connection and hangs up."""
    with TCPServer(("127.0.0.1", 0), BaseRequestHandler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield server.server_address[1]
        server.shutdown()


def test_the_default_is_a_file_of_the_repository_we_run_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of the one that is installed: a copy, such as the first look's, has a database of its own."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert address() == f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / "parent"))  # as DVC has it in a temporary copy
    assert address() == f"sqlite:///{tmp_path}/parent/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://example.org")
    assert address() == "http://example.org"


@pytest.mark.parametrize("user", ["", "user:secret@", "user:se%40cret@"])
@pytest.mark.parametrize("uri", ["http://{}127.0.0.1:{}", "postgresql://{}127.0.0.1:{}/x"])
def test_a_server_that_is_down_is_named_within_seconds(
    monkeypatch: pytest.MonkeyPatch, closed_port: int, uri: str, user: str
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri.format(user, closed_port))
    started = time.monotonic()
    with pytest.raises(HourglassError, match=f"127.0.0.1:{closed_port}.* does not answer") as caught:
        store.connect("hourglass")
    assert time.monotonic() - started < 10
    assert "cret" not in str(caught.value)


def test_a_server_that_refuses_is_named_without_the_password(monkeypatch: pytest.MonkeyPatch, rude_port: int) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://user:secret@127.0.0.1:{rude_port}")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(HourglassError, match=f"127.0.0.1:{rude_port}") as caught:
        store.connect("hourglass")
    assert "secret" not in str(caught.value)


def test_a_missing_database_driver_is_named(monkeypatch: pytest.MonkeyPatch, rude_port: int) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"postgresql://user:secret@127.0.0.1:{rude_port}/x")
    for driver in ("psycopg", "psycopg2"):
        monkeypatch.setitem(sys.modules, driver, None)
    with pytest.raises(HourglassError, match="psycopg") as caught:
        store.connect("hourglass")
    assert "secret" not in str(caught.value)


def test_variables_of_another_run_are_not_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    for name in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME"):
        monkeypatch.setenv(name, "other")
    store.open_client()
    assert not {"MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME"} & os.environ.keys()
