"""Predictions as CSV and JSON, written as batches finish, and as a table."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from hourglass.core.errors import HourglassError
from hourglass.prediction.scoring import Prediction, Unreadable
from hourglass.prediction.sources import printable

Row = Prediction | Unreadable
Write = Callable[[Sequence[Row]], None]
COLUMNS = ("file", "score", "threshold", "verdict", "p_value", "error")


def record(row: Row) -> dict[str, Any]:
    """What is written of a file: its score, threshold, verdict and p-value; or the error."""
    if isinstance(row, Unreadable):
        return {"file": row.file, "error": row.error}
    return {
        "file": row.file,
        "score": row.score,
        "threshold": row.threshold,
        "verdict": row.verdict,
        "p_value": row.p_value,
    }


@contextmanager
def csv_file(path: Path) -> Iterator[Write]:
    """Yield what appends rows to a new CSV file; after each call they are on disk.

    Raises:
        HourglassError: the disk refuses (full, ...); the file then ends with the last rows that are whole.
    """
    with _appending(path) as append:
        text = io.StringIO(newline="")
        table = csv.DictWriter(text, COLUMNS)
        table.writeheader()

        def write(rows: Sequence[Row]) -> None:
            table.writerows(map(record, rows))
            append(text.getvalue())
            text.seek(text.truncate(0))

        write([])
        yield write


@contextmanager
def json_file(path: Path, about: Mapping[str, Any]) -> Iterator[Write]:
    """Yield what appends rows to the list `images` of a new JSON file, beside the entries of `about`.

    The file is valid JSON once the block ends, however it ends.

    Raises:
        HourglassError: as of `csv_file`.
    """
    with _appending(path) as append:
        append(json.dumps(about)[:-1] + ', "images": [')
        separator = "\n"

        def write(rows: Sequence[Row]) -> None:
            nonlocal separator
            if rows:
                append(separator + ",\n".join(json.dumps(record(row)) for row in rows))
                separator = ",\n"

        try:
            yield write
        finally:
            append("\n]}\n")


@contextmanager
def _appending(path: Path) -> Iterator[Callable[[str], None]]:
    """Yield what appends text to a new file, all of it or nothing."""

    def refused(error: OSError) -> HourglassError:
        return HourglassError(f"cannot write {path}: {error.strerror}; it holds what was scored before, if anything")

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("wb", buffering=0)
    except OSError as error:
        raise refused(error) from error
    size = 0

    def append(text: str) -> None:
        nonlocal size
        content = text.encode(errors="surrogateescape")  # names of files need not be valid UTF-8
        written = 0
        try:
            while written < len(content):
                written += file.write(content[written:])
        except OSError as error:
            with suppress(OSError):  # a pipe cannot be cut
                file.seek(size)
                file.truncate()
            raise refused(error) from error
        size += written

    with file:
        yield append


def table(predictions: Sequence[Prediction]) -> str:
    """A line per prediction under a header, in the order given."""
    names = [printable(one.file) for one in predictions]
    width = max(map(len, ("file", *names)))
    lines = [f"{'file':{width}}  {'score':>8}  {'threshold':>9}  verdict  p-value"]
    for name, one in zip(names, predictions, strict=True):
        lines.append(f"{name:{width}}  {one.score:8.3f}  {one.threshold:9.3f}  {one.verdict:7}  {one.p_value:7.4f}")
    return "\n".join(lines)
