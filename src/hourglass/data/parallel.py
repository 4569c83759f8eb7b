"""Work on many files at a time."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from hourglass.core.machine import cores

Item = TypeVar("Item")
Result = TypeVar("Result")
# Items that wait at a time, so that memory does not grow with their number.
BATCH = 512


def map_files(function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """What `function` makes of each item, in order, by a thread per core.

    Threads are enough: decoding, resizing and hashing release the interpreter's lock.
    """
    with ThreadPoolExecutor(cores()) as pool:
        for start in range(0, len(items), BATCH):
            yield from pool.map(function, items[start : start + BATCH])
