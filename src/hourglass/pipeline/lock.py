"""One rebuild at a time in a repository."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hourglass.core.errors import HourglassError

LOCK = Path(".dvc/tmp/hourglass.lock")


@contextmanager
def exclusive(*, wait: bool) -> Iterator[None]:
    """Hold the repository's lock. It is the operating system's, and ends with its process: there is none to delete.

    Raises:
        HourglassError: another process holds it, and `wait` is false; names that process.
    """
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read() or "another process"
            if not wait:
                raise HourglassError(
                    f"{holder} is rebuilding here; wait for it, run with --wait, or stop it with Ctrl-C in its terminal"
                ) from None
            print(f"waiting for {holder}", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        print(f"PID {os.getpid()} ({Path(sys.argv[0]).name} {' '.join(sys.argv[1:])})", end="", file=file, flush=True)
        yield
