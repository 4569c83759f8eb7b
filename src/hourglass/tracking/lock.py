"""One process at a time may write to a tracking server from this machine."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hourglass.tracking.address import address, shown


@contextmanager
def exclusive() -> Iterator[None]:
    """Wait until no other process of this user holds the lock of `address()`, then hold it.

    The lock is the operating system's: it ends with the process that holds it, however that ends.
    """
    digest = hashlib.sha256(shown(address()).encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"hourglass-{os.getuid()}-{digest}.lock"
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
