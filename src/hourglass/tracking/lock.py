"""One process at a time may write to a tracking server from this machine."""

import fcntl
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hourglass.tracking.address import address, shown


@contextmanager
def exclusive() -> Iterator[None]:
    """Wait until no other process of this user holds the lock of `address()`, then hold it; say for whom it waits.

    The lock is the operating system's: it ends with the process that holds it, however that ends.
    """
    digest = hashlib.sha256(shown(address()).encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"hourglass-{os.getuid()}-{digest}.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            print(f"waiting for {file.read() or 'another process'}, which writes to MLflow", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        print(f"PID {os.getpid()} ({Path(sys.argv[0]).name} {' '.join(sys.argv[1:])})", end="", file=file, flush=True)
        yield
