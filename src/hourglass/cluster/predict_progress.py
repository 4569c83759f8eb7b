"""What is scored so far, on disk, so that a command that was interrupted goes on.

Two files hold a line of JSON per batch: the names of its image files, and the rows that were made of them.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from hourglass.core.errors import HourglassError
from hourglass.data.imageset import BATCH
from hourglass.prediction.outputs import Row
from hourglass.prediction.scoring import Prediction, Unreadable


@dataclass
class Progress:
    """The two files, in a folder of their own.

    listed: bytes of `names` that lie before the first batch without rows.
    """

    folder: Path
    listed: int = 0

    @property
    def names(self) -> Path:
        """Names of all image files, in order."""
        return self.folder / "names.jsonl"

    @property
    def rows(self) -> Path:
        """Rows of the first batches."""
        return self.folder / "rows.jsonl"

    @property
    def is_complete(self) -> bool:
        """Whether every batch has its rows."""
        return self.listed == self.names.stat().st_size

    def list(self, files: Iterable[Sequence[str]]) -> None:
        """Write all names. Batches are of one size, however names arrive, so that the next call has the same ones.

        Raises:
            HourglassError: the disk refused.
        """
        each = chain.from_iterable(files)
        with _refused(self.names), self.names.open("w", encoding="ascii") as file:
            while batch := list(islice(each, BATCH)):
                file.write(json.dumps(batch) + "\n")

    def kept(self, threshold: float) -> Iterator[Sequence[Row]]:
        """Yield the rows of each batch that an earlier call scored, while names agree; remove what is behind them."""
        size = 0
        with self.names.open("rb") as names, self.rows.open("a+b") as file:
            file.seek(0)
            while (line := file.readline()).endswith(b"\n"):  # a process that was killed may leave half a line
                rows = decode(line, threshold)
                if [row.file for row in rows] != json.loads(names.readline() or "[]"):
                    break
                self.listed, size = names.tell(), file.tell()
                yield rows
            file.truncate(size)

    def add(self, line: bytes) -> None:
        """Append the rows of the next batch; they are on disk then.

        Raises:
            HourglassError: the disk refused.
        """
        with _refused(self.rows), self.rows.open("ab") as file:
            file.write(line)


def encode(rows: Iterable[Row]) -> bytes:
    """A line for the rows of a batch: a file's name with its score and p-value, or with the error."""
    entries = [
        [row.file, row.error] if isinstance(row, Unreadable) else [row.file, row.score, row.p_value] for row in rows
    ]
    return json.dumps(entries).encode() + b"\n"


def decode(line: bytes, threshold: float) -> list[Row]:
    """The rows of a batch, each float the one that was encoded."""
    return [
        Unreadable(*entry) if len(entry) == 2 else Prediction(entry[0], threshold, *entry[1:])
        for entry in json.loads(line)
    ]


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """Raise one line if the disk refuses meanwhile."""
    try:
        yield
    except OSError as error:
        raise HourglassError(f"cannot write {path}: {error.strerror}; the same command goes on once it can") from error
