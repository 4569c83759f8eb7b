"""Predictions as CSV and JSON, written as batches finish, and as a table."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

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
    """Yield what appends rows to a new CSV file; after each call they are on disk."""
    with _opened(path) as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()

        def write(rows: Sequence[Row]) -> None:
            table.writerows(map(record, rows))
            file.flush()

        yield write


@contextmanager
def json_file(path: Path, about: Mapping[str, Any]) -> Iterator[Write]:
    """Yield what appends rows to the list `images` of a new JSON file, beside the entries of `about`.

    The file is valid JSON once the block ends, however it ends.
    """
    with _opened(path) as file:
        file.write(json.dumps(about)[:-1] + ', "images": [')
        separator = "\n"

        def write(rows: Sequence[Row]) -> None:
            nonlocal separator
            for row in rows:
                file.write(separator + json.dumps(record(row)))
                separator = ",\n"
            file.flush()

        try:
            yield write
        finally:
            file.write("\n]}\n")


def _opened(path: Path) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Names of files need not be valid UTF-8.
    return path.open("w", newline="", encoding="utf-8", errors="surrogateescape")


def table(predictions: Sequence[Prediction]) -> str:
    """A line per prediction under a header, in the order given."""
    names = [printable(one.file) for one in predictions]
    width = max(map(len, ("file", *names)))
    lines = [f"{'file':{width}}  {'score':>8}  {'threshold':>9}  verdict  p-value"]
    for name, one in zip(names, predictions, strict=True):
        lines.append(f"{name:{width}}  {one.score:8.3f}  {one.threshold:9.3f}  {one.verdict:7}  {one.p_value:7.4f}")
    return "\n".join(lines)
