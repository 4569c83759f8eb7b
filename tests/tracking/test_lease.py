"""Writers on different machines, which share nothing but the tags of an experiment."""

import threading
import time
from pathlib import Path
from typing import cast

import pytest
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from hourglass.tracking import lease


class Tags:
    """Stands in for a client: the tags of one experiment, each request a transaction of its own."""

    def __init__(self) -> None:
        self.tags: dict[str, str] = {}
        self.lock = threading.Lock()

    def set_experiment_tag(self, _: str, key: str, value: str) -> None:
        with self.lock:
            self.tags[key] = value

    def delete_experiment_tag(self, _: str, key: str) -> None:
        with self.lock:
            if key not in self.tags:
                raise MlflowException("no such tag")
            del self.tags[key]

    def get_experiment(self, _: str) -> "Tags":
        found = Tags()
        with self.lock:
            found.tags = dict(self.tags)
        return found


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Tags:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setattr(lease, "require_answer", lambda _: None)
    monkeypatch.setattr(lease, "SECONDS_TO_RETRY", (0.001, 0.02))
    return Tags()


def client(server: Tags) -> MlflowClient:
    return cast(MlflowClient, server)


def test_one_of_many_writers_at_once_holds_the_lease(server: Tags) -> None:
    inside: list[int] = []
    most: list[int] = []

    def write(number: int) -> None:
        with lease.held(client(server), "1"):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.01)
            inside.remove(number)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert most == [1] * 8
    assert server.tags == {}


def test_who_waits_says_for_whom(server: Tags, capfd: pytest.CaptureFixture[str]) -> None:
    server.tags[f"{lease.PREFIX}other"] = "PID 7 on far, renewed 3 times"
    threading.Timer(0.2, server.tags.clear).start()
    with lease.held(client(server), "1"):
        assert capfd.readouterr().err == "waiting for PID 7 on far, which writes to MLflow\n"


def test_lease_of_a_dead_writer_expires(server: Tags, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "SECONDS_TO_EXPIRE", 0.1)
    server.tags[f"{lease.PREFIX}dead"] = "PID 7 on far, renewed 3 times"
    with lease.held(client(server), "1"):
        assert f"{lease.PREFIX}dead" not in server.tags


def test_lease_that_is_renewed_does_not_expire(server: Tags, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "SECONDS_TO_RENEW", 0.02)
    monkeypatch.setattr(lease, "SECONDS_TO_EXPIRE", 0.3)
    ended: list[str] = []

    def wait() -> None:
        with lease.held(client(server), "1"):
            ended.append("second")

    with lease.held(client(server), "1"):
        second = threading.Thread(target=wait)
        second.start()
        time.sleep(1)
        ended.append("first")
    second.join(60)
    assert ended == ["first", "second"]


def test_lease_ends_with_an_error(server: Tags) -> None:
    with pytest.raises(OSError, match="full"), lease.held(client(server), "1"):
        raise OSError("full")
    assert server.tags == {}


def test_a_file_of_this_machine_needs_no_lease(server: Tags, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/tracking.db")
    with lease.held(client(server), "1"):
        assert server.tags == {}
