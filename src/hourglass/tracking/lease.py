"""One process at a time may write to an experiment of a tracking server, from whichever machine.

MLflow has no locks. A writer sets a tag of its own on the experiment, then reads all tags: it holds the lease if no
other writer's tag is there. Otherwise it removes its own, waits and tries again. Of two writers at once, at least one
reads the other's tag, since both set theirs first (the flag principle: Herlihy and Shavit, The Art of Multiprocessor
Programming, 2.1). It needs a server whose reads return what was written before: one database, no read replica.
"""

import os
import platform
import random
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from threading import Event, Thread
from uuid import uuid4

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from hourglass.core.errors import HourglassError
from hourglass.tracking.address import address
from hourglass.tracking.store import require_answer

PREFIX = "hourglass.writer."
SECONDS_TO_RENEW = 10.0
# A tag that nobody renewed for so long is of a process that died.
SECONDS_TO_EXPIRE = 60.0
# At random between the two, so that two writers do not collide for ever.
SECONDS_TO_RETRY = (1.0, 3.0)


@contextmanager
def held(client: MlflowClient, experiment: str) -> Iterator[None]:
    """Wait until nobody else writes to the experiment with this id, then hold it; say for whom it waits.

    A file of this machine needs no lease, since lock.py guards it.

    Raises:
        MlflowException: the server refused, or stopped answering.
    """
    if address().startswith("sqlite:"):
        yield
        return
    tag, stopped = f"{PREFIX}{uuid4().hex}", Event()
    renewing = Thread(target=_renew, args=(client, experiment, tag, stopped), daemon=True)
    try:
        _acquire(client, experiment, tag)
        renewing.start()
        yield
    finally:
        stopped.set()
        if renewing.is_alive():
            renewing.join(SECONDS_TO_RENEW)  # a request on its way would set the tag again
        with suppress(HourglassError):  # the server is gone: the tag expires
            require_answer(address())
            _remove(client, experiment, tag)


def _acquire(client: MlflowClient, experiment: str, tag: str) -> None:
    unchanged: dict[tuple[str, str], float] = {}
    told = False
    while True:
        others = _others(client, experiment, tag)
        if not others:
            client.set_experiment_tag(experiment, tag, _holder(0))
            others = _others(client, experiment, tag)
            if not others:
                return
            _remove(client, experiment, tag)
        if not told:
            holder = next(iter(others.values())).partition(",")[0]
            print(f"waiting for {holder}, which writes to MLflow", file=sys.stderr, flush=True)
            told = True
        for stale in _unrenewed(others, unchanged):
            _remove(client, experiment, stale)
        time.sleep(random.uniform(*SECONDS_TO_RETRY))  # noqa: S311


def _unrenewed(others: Mapping[str, str], unchanged: dict[tuple[str, str], float]) -> list[str]:
    """Tags that have kept their value for too long, by this machine's clock: clocks of machines differ.

    Args:
        unchanged: tag and value -> when they were first read; is brought up to date.
    """
    now = time.monotonic()
    return [tag for tag, value in others.items() if now - unchanged.setdefault((tag, value), now) > SECONDS_TO_EXPIRE]


def _renew(client: MlflowClient, experiment: str, tag: str, stopped: Event) -> None:
    for number in count(1):
        if stopped.wait(SECONDS_TO_RENEW):
            return
        with suppress(MlflowException):  # the writer itself meets it, and says so
            client.set_experiment_tag(experiment, tag, _holder(number))


def _others(client: MlflowClient, experiment: str, own: str) -> dict[str, str]:
    """Tags of other writers, and what they say."""
    tags = client.get_experiment(experiment).tags
    return {tag: value for tag, value in tags.items() if tag.startswith(PREFIX) and tag != own}


def _remove(client: MlflowClient, experiment: str, tag: str) -> None:
    with suppress(MlflowException):  # somebody else removed it
        client.delete_experiment_tag(experiment, tag)


def _holder(number: int) -> str:
    return f"PID {os.getpid()} on {platform.node()}, renewed {number} times"
