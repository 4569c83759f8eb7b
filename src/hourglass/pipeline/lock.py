"""One rebuild at a time in a repository."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hourglass.core.errors import HourglassError
from hourglass.exclusion import holding

LOCK = Path(".dvc/tmp/hourglass.lock")


@contextmanager
def exclusive(*, wait: bool) -> Iterator[None]:
    """Hold the repository's lock.

    Raises:
        HourglassError: another process holds it, and `wait` is false; names that process.
    """
    LOCK.parent.mkdir(parents=True, exist_ok=True)

    def blocked(holder: str) -> None:
        if not wait:
            raise HourglassError(
                f"{holder} is rebuilding here; wait for it (`hourglass repro` does with --wait), or stop it with "
                "Ctrl-C in its terminal"
            )
        print(f"waiting for {holder}", file=sys.stderr)

    with holding(LOCK, blocked):
        yield
