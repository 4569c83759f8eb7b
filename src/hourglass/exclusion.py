"""A lock that one process at a time can hold, and that names its holder."""

import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def holding(path: Path, blocked: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock on the file `path`. It is the operating system's and ends with its process; none is left to delete.

    Args:
        blocked: is called with what holds the lock, if something does. Unless that raises, the lock is waited for.
    """
    with path.open("a+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            blocked(file.read().decode() or "another process")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        holder = f"PID {os.getpid()} ({Path(sys.argv[0]).name} {' '.join(sys.argv[1:])})"
        with suppress(OSError):  # a full disk has no room for the name, and the lock holds without it
            file.write(holder.encode(errors="backslashreplace"))
        yield
