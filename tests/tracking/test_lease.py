"""Writers on different machines, which share nothing but the tags of an experiment."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from hourglass.core.errors import HourglassError
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

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.now, self.meanwhile = 0.0, meanwhile

    def monotonic(self) -> float:
        return self.now

    def clock_gettime(self, _: int) -> float:
        return self.now

    def sleep(self, _: float) -> None:
        self.now += 30
        self.meanwhile()


OTHER = f"{lease.PREFIX}other"


def test_lease_of_a_dead_writer_expires(server: Tags, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
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


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_holder_renews_its_lease(server: Tags, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "SECONDS_TO_RENEW", 0.01)
    with lease.held(client(server), "1") as writer:
        first = dict(server.tags)
        wait_until(lambda: dict(server.tags) != first)
        assert server.tags.keys() == first.keys()
        writer.set_experiment_tag("1", "written", "")
    assert server.tags == {"written": ""}


def assert_stopped(writer: MlflowClient) -> None:
    """That the writer sends nothing more, and says why in one line."""
    with pytest.raises(HourglassError, match=r"^MLflow at http://127\.0\.0\.1:1 did not hear .*; run the same command"):
        writer.set_experiment_tag("1", "written", "by one who may not be alone")


def test_holder_whose_tag_was_removed_writes_no_more(server: Tags, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "SECONDS_TO_RENEW", 0.01)
    before = threading.active_count()
    with lease.held(client(server), "1") as writer:
        monkeypatch.setattr(server, "get_experiment", lambda _: Tags())
        wait_until(lambda: threading.active_count() == before)
        assert_stopped(writer)
    assert server.tags == {}


def test_holder_that_could_not_renew_stops_before_others_enter(server: Tags, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(lease, "time", clock)
    with lease.held(client(server), "1") as writer:
        clock.now = lease.SECONDS_TO_STOP - 1
        writer.set_experiment_tag("1", "written", "in time")
        clock.now = lease.SECONDS_TO_STOP + 1
        assert_stopped(writer)
        clock.now = 0  # what was lost once stays so
        assert_stopped(writer)
    assert lease.SECONDS_TO_STOP < lease.SECONDS_TO_EXPIRE
    assert server.tags == {"written": "in time"}


def test_renewal_that_is_answered_too_late_renews_nothing(server: Tags, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(lease, "time", clock)
    monkeypatch.setattr(lease, "SECONDS_TO_RENEW", 0.01)
    before = threading.active_count()
    with lease.held(client(server), "1") as writer:
        with monkeypatch.context() as stalled:
            stalled.setattr(server, "set_experiment_tag", lambda *_: setattr(clock, "now", 41.0))
            wait_until(lambda: threading.active_count() == before)
        assert_stopped(writer)
    assert server.tags == {}


def test_who_takes_over_a_lease_writes_alone(server: Tags, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "time", Clock())
    with lease.held(client(server), "1") as first, lease.held(client(server), "1") as second:
        assert_stopped(first)
        second.set_experiment_tag("1", "written", "by the second")
        assert_stopped(first)
    assert server.tags == {"written": "by the second"}


def test_lease_ends_with_an_error(server: Tags) -> None:
    with pytest.raises(OSError, match="full"), lease.held(client(server), "1"):
        raise OSError("full")
    assert server.tags == {}


def test_a_file_of_this_machine_needs_no_lease(server: Tags, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/tracking.db")
    with lease.held(client(server), "1"):
        assert server.tags == {}
