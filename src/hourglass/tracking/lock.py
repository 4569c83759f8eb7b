"""One process at a time may write to a tracking server from this machine."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hourglass.exclusion import holding
from hourglass.tracking.address import address, shown


@contextmanager
def exclusive() -> Iterator[None]:
    """Wait until no other process of this user holds the lock of `address()`, then hold it; say for whom it waits."""
    digest = hashlib.sha256(shown(address()).encode()).hexdigest()[:16]

    def blocked(holder: str) -> None:
        print(f"waiting for {holder}, which writes to MLflow", file=sys.stderr)

    with holding(Path(tempfile.gettempdir()) / f"hourglass-{os.getuid()}-{digest}.lock", blocked):
        yield
