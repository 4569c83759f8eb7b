"""Names of image files, from a file on the machine of the command, as Ray Data reads them; without torch."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ray.data.block import Block, BlockAccessor, BlockMetadata
from ray.data.datasource import Datasource, ReadTask

# The only column.
NAMES = "names"


class Names(Datasource):  # type: ignore[misc]  # mypy does not look into Ray
    """The lines of a file, each a block of its own, read as workers need them."""

    def __init__(self, path: Path, start: int) -> None:
        """Read the file `path` from the byte `start` on."""
        self.read = partial(_lines, path, start)

    def estimate_inmemory_data_size(self) -> None:
        """Not known, and not needed."""

    def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[ReadTask]:
        """One task, so that lines stay in order."""
        return [ReadTask(self.read, BlockMetadata(num_rows=None, size_bytes=None, input_files=None, exec_stats=None))]


def _lines(path: Path, start: int) -> Iterator[Block]:
    with path.open("rb") as file:
        file.seek(start)
        for line in file:
            yield BlockAccessor.batch_to_block({NAMES: [line]})
