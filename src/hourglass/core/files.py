"""Files that are written whole or not at all, and one-line errors for those that cannot be read."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from hourglass.core.errors import HourglassError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; when the block ends well, it takes the place of `path`.

    If the block fails or the process is killed, whatever stood at `path` before is intact.

    Raises:
        HourglassError: the disk refused (full, read-only, ...); names `path`.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove(partial)  # left by a process that was killed
        yield partial
        os.replace(partial, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise HourglassError(f"cannot write {path}: {reason}; the earlier file, if any, is intact") from error
    finally:
        with suppress(OSError):  # the disk that refused the file may refuse this too
            remove(partial)


def remove(*paths: Path) -> None:
    """Remove files, and folders with all that is in them; none of them has to exist."""
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    """Write `content` as indented JSON; a NaN is an error, since JSON has none."""
    write_text(path, json.dumps(content, indent=2, allow_nan=False) + "\n")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file, whole or not at all."""
    with replacing(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows(rows)


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays by name as compressed .npz, whole or not at all."""
    import numpy as np  # stages without arrays should not wait for it

    with replacing(path) as partial, partial.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def read_bytes(path: Path) -> bytes:
    """Read a file that an earlier stage wrote.

    Raises:
        HourglassError: the file is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise HourglassError(f"{path} is missing; run `dvc repro` to rebuild it") from None
    except OSError as error:
        raise HourglassError(f"{path} cannot be read: {error.strerror}; run `dvc repro` to rebuild it") from None


def read_json(path: Path) -> Any:
    """Read a JSON file that an earlier stage wrote.

    Raises:
        HourglassError: the file is missing, or is not JSON as of `parse_json`.
    """
    try:
        return parse_json(read_bytes(path))
    except ValueError as error:
        raise HourglassError(f"{path} is not valid JSON ({error}); run `dvc repro` to rebuild it") from None


def parse_json(text: str | bytes) -> Any:
    """The content of JSON; NaN and infinity are none.

    Raises:
        ValueError: it is not JSON, or is nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")
