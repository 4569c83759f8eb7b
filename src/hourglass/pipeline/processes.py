"""Ending DVC and what it runs, so that nothing is left behind and nothing is half-written."""

import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psutil

POLL_SECONDS = 0.1
# DVC writes its records in some seconds.
GRACE_SECONDS = 15.0
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End DVC processes.

    The commands that they run are interrupted, and clean up. DVC itself is not: it may be writing dvc.lock, and it ends
    once its command has failed. What has not ended after 15 seconds is killed.
    """
    interrupted: set[psutil.Process] = set()
    deadline = time.monotonic() + GRACE_SECONDS
    with uninterrupted():
        while _alive(processes) and time.monotonic() < deadline:
            for command in _commands(processes) - interrupted:
                with suppress(psutil.NoSuchProcess):
                    command.send_signal(signal.SIGINT)
                interrupted.add(command)
            time.sleep(POLL_SECONDS)
        for command in _commands(processes):
            with suppress(psutil.NoSuchProcess):
                command.kill()
        for process in _alive(processes):
            process.kill()
            process.wait()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Signals that would end this process are ignored meanwhile."""
    before = {ending: signal.signal(ending, signal.SIG_IGN) for ending in ENDINGS}
    try:
        yield
    finally:
        for ending, handler in before.items():
            signal.signal(ending, handler)


def _alive(processes: Sequence[subprocess.Popen[bytes]]) -> list[subprocess.Popen[bytes]]:
    return [process for process in processes if process.poll() is None]


def _commands(processes: Sequence[subprocess.Popen[bytes]]) -> set[psutil.Process]:
    """What the processes have started, and what that has started."""
    found: set[psutil.Process] = set()
    for process in _alive(processes):
        with suppress(psutil.NoSuchProcess):
            found.update(psutil.Process(process.pid).children(recursive=True))
    return found
