"""One process at a time may write to an experiment of a tracking server, from whichever machine.

MLflow has no locks. A writer sets a tag of its own on the experiment, then reads all tags: it holds the lease if no
other writer's tag is there. Otherwise it removes its own, waits and tries again. Of two writers at once, at least one
reads the other's tag, since both set theirs first (the flag principle: Herlihy and Shavit, The Art of Multiprocessor
Programming, 2.1). It needs a server whose reads return what was written before: one database, no read replica.

The holder renews its tag. Who waits removes a tag that kept its value for SECONDS_TO_EXPIRE. So the holder stops before
its next request if its last renewal is SECONDS_TO_STOP ago, or its tag is gone: another writer may hold the lease then.
"""

import os
import platform
import random
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from threading import Event, Thread
from typing import Any, cast
from uuid import uuid4

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from hourglass.core.errors import HourglassError
from hourglass.tracking.address import address, shown
from hourglass.tracking.store import require_answer

PREFIX = "hourglass.writer."
SECONDS_TO_RENEW = 10.0
# A tag that nobody renewed for so long is of a process that died.
SECONDS_TO_EXPIRE = 60.0
# Sooner, for the sake of a request that is on its way then.
SECONDS_TO_STOP = 40.0
# At random between the two, so that two writers do not collide for ever.
SECONDS_TO_RETRY = (1.0, 3.0)
# Of the holder: goes on while the machine is suspended. Linux has one for that, macOS's only one does so too.
CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@contextmanager
def held(client: MlflowClient, experiment: str) -> Iterator[MlflowClient]:
    """Wait until nobody else writes to the experiment with this id, then hold it; say for whom it waits.

    A file of this machine needs no lease, since lock.py guards it.

    Yields:
        the client to write with. Once the lease is lost it sends nothing, and raises HourglassError.

    Raises:
        MlflowException: the server refused, or stopped answering.
    """
    if address().startswith("sqlite:"):
        yield client
        return
    lease, stopped = _Lease(client, experiment, f"{PREFIX}{uuid4().hex}"), Event()
    renewing = Thread(target=lease.keep, args=(stopped,), daemon=True)
    try:
        lease.acquire()
        renewing.start()
        yield cast(MlflowClient, _Guarded(client, lease))
    finally:
        stopped.set()
        if renewing.is_alive():
            renewing.join(SECONDS_TO_RENEW)  # a request on its way would set the tag again
        with suppress(HourglassError):  # the server is gone: the tag expires
            require_answer(address())
            lease.remove(lease.tag)


@dataclass
class _Lease:
    """A writer's tag on an experiment. renewed: when the request was sent that set it last."""

    client: MlflowClient
    experiment: str
    tag: str
    renewed: float = 0.0
    lost: bool = False

    def acquire(self) -> None:
        """Return once the tag is there and no other writer's is."""
        unchanged: dict[tuple[str, str], float] = {}
        waits = False
        while True:
            asked, others = time.monotonic(), self._others()
            if not others:
                self.renewed = self._set(0)
                others = self._others()
                if not others:
                    return
                self.remove(self.tag)
            if not waits:
                holder = next(iter(others.values())).partition(",")[0]
                print(f"waiting for {holder}, which writes to MLflow", file=sys.stderr, flush=True)
                waits = True
            for stale in _unrenewed(others, unchanged, asked):
                self.remove(stale)
            time.sleep(random.uniform(*SECONDS_TO_RETRY))  # noqa: S311

    def keep(self, stopped: Event) -> None:
        """Renew the tag until the lease is lost or `stopped` is set."""
        for number in count(1):
            if stopped.wait(SECONDS_TO_RENEW) or self.is_lost():
                return
            with suppress(MlflowException):  # the next attempt may still be in time
                self.lost = self.tag not in self._tags()
                if self.is_lost():
                    return
                sent = self._set(number)
                if not self.is_lost():  # an answer that comes too late renews nothing
                    self.renewed = sent

    def is_lost(self) -> bool:
        """Whether another writer may hold the lease; once it is lost, it stays so."""
        self.lost = self.lost or time.clock_gettime(CLOCK) - self.renewed > SECONDS_TO_STOP
        return self.lost

    def remove(self, tag: str) -> None:
        """Remove a writer's tag."""
        with suppress(MlflowException):  # somebody else removed it
            self.client.delete_experiment_tag(self.experiment, tag)

    def _set(self, number: int) -> float:
        """Set the tag; return when the request was sent."""
        sent = time.clock_gettime(CLOCK)
        value = f"PID {os.getpid()} on {platform.node()}, renewed {number} times"
        self.client.set_experiment_tag(self.experiment, self.tag, value)
        return sent

    def _tags(self) -> Mapping[str, str]:
        tags: Mapping[str, str] = self.client.get_experiment(self.experiment).tags
        return tags

    def _others(self) -> dict[str, str]:
        """Tags of other writers, and what they say."""
        return {tag: value for tag, value in self._tags().items() if tag.startswith(PREFIX) and tag != self.tag}


@dataclass(frozen=True)
class _Guarded:
    """A client that raises HourglassError before it sends anything, once the lease is lost."""

    client: MlflowClient
    lease: _Lease

    def __getattr__(self, name: str) -> Any:
        if self.lease.is_lost():
            raise HourglassError(
                f"MLflow at {shown(address())} did not hear from this process for {SECONDS_TO_STOP:.0f} s or more, so "
                "another one may write there now; nothing more is written; run the same command again"
            )
        return getattr(self.client, name)


def _unrenewed(others: Mapping[str, str], unchanged: dict[tuple[str, str], float], asked: float) -> list[str]:
    """Tags that have kept their value for too long, by this machine's clock: clocks of machines differ.

    Args:
        unchanged: tag and value -> when they had been read for the first time; is brought up to date.
        asked: when the request was sent that read them now.
    """
    now = time.monotonic()
    return [tag for tag, value in others.items() if asked - unchanged.setdefault((tag, value), now) > SECONDS_TO_EXPIRE]
