"""Writers on different machines, which share nothing but the tags of an experiment."""

import threading
import time
from collections.abc import Callable
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
        writer.join(120)
    assert most == [1] * 8
    assert server.tags == {}


def test_who_waits_says_for_whom(server: Tags, capfd: pytest.CaptureFixture[str]) -> None:
    server.tags[f"{lease.PREFIX}other"] = "PID 7 on far, renewed 3 times"
    threading.Timer(0.2, server.tags.clear).start()
    with lease.held(client(server), "1"):
        assert capfd.readouterr().err == "waiting for PID 7 on far, which writes to MLflow\n"


class Clock:
    """Stands in for the module `time`: every sleep takes half a minute, and `meanwhile` happens in it."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self.now, self.meanwhile = 0.0, meanwhile

    def monotonic(self) -> float:
        return self.now

    def sleep(self, _: float) -> None:
        self.now += 30
        self.meanwhile()


OTHER = f"{lease.PREFIX}other"


def test_lease_of_a_dead_writer_expires(server: Tags, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(lambda: None)
    monkeypatch.setattr(lease, "time", clock)
    server.tags[OTHER] = "PID 7 on far, renewed 3 times"
    with lease.held(client(server), "1"):
        assert OTHER not in server.tags
    assert lease.SECONDS_TO_EXPIRE < clock.now <= lease.SECONDS_TO_EXPIRE + 60


def test_lease_that_is_renewed_does_not_expire(server: Tags, monkeypatch: pytest.MonkeyPatch) -> None:
    left = list(range(20))

    def renew() -> None:
        assert OTHER in server.tags
        if left:
            server.tags[OTHER] = f"PID 7 on far, renewed {20 - left.pop()} times"
        else:
            del server.tags[OTHER]

    server.tags[OTHER] = "PID 7 on far, renewed 0 times"
    clock = Clock(renew)
    monkeypatch.setattr(lease, "time", clock)
    with lease.held(client(server), "1"):
        assert clock.now == 30 * 21


def test_holder_renews_its_lease(server: Tags, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "SECONDS_TO_RENEW", 0.01)
    with lease.held(client(server), "1"):
        (first,) = server.tags.values()
        for _ in range(6000):
            time.sleep(0.01)
            if [*server.tags.values()] != [first]:
                return
    pytest.fail("not renewed")


def test_lease_ends_with_an_error(server: Tags) -> None:
    with pytest.raises(OSError, match="full"), lease.held(client(server), "1"):
        raise OSError("full")
    assert server.tags == {}


def test_a_file_of_this_machine_needs_no_lease(server: Tags, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/tracking.db")
    with lease.held(client(server), "1"):
        assert server.tags == {}
