"""Whether grey images are drawn dark on white, like print, or as they are, since they are photographs.

The known data sets are light on black. Until something else is said, images are drawn like print.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_PHOTOGRAPHS: ContextVar[bool] = ContextVar("photographs", default=False)


def photographs() -> bool:
    """Whether images are drawn as they are."""
    return _PHOTOGRAPHS.get()


@contextmanager
def drawn_as(are_photographs: bool) -> Iterator[None]:
    """Images are photographs, or are not, until the block ends."""
    before = _PHOTOGRAPHS.set(are_photographs)
    try:
        yield
    finally:
        _PHOTOGRAPHS.reset(before)


def start(are_photographs: bool) -> None:
    """The same for the whole life of a process, for those that draw the pictures."""
    _PHOTOGRAPHS.set(are_photographs)


def white(channels: int) -> float:
    """The value of a white pixel."""
    return 1 if channels == 3 or photographs() else 0
