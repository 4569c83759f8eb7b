"""Tensors with settings, as one safetensors file. Nothing in such a file is executed when it is read."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from hourglass.core.errors import HourglassError
from hourglass.core.files import parse_json, replacing


def write(path: Path, kind: str, tensors: Mapping[str, Tensor], settings: Mapping[str, Any]) -> None:
    """Write tensors, of any device, and JSON-able settings, whole or not at all.

    Args:
        kind: what the file holds (`model`, `detector`); `read` asks for the same.

    Raises:
        HourglassError: the file cannot be written; the earlier one, if any, is intact.
    """
    # Tied weights share storage, which safetensors refuses: each tensor is stored on its own.
    whole = {name: value.cpu().contiguous().clone() for name, value in tensors.items()}
    with replacing(path) as partial:
        # One metadata key only: safetensors writes several in random order, and files must be reproducible.
        partial.write_bytes(save(whole, {kind: json.dumps(settings)}))


def read(path: Path, kind: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `write` wrote: tensors by name, on the CPU, and the settings.

    Raises:
        HourglassError: the file is missing, damaged, or holds something else, or a number in it is NaN or infinite.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (OSError, SafetensorError) as error:
        raise HourglassError(f"{path} cannot be read ({error}); run `dvc repro` to rebuild it") from None
    if kind not in metadata:
        raise HourglassError(f"{path} holds no {kind}; run `dvc repro` to rebuild it")
    for name, values in tensors.items():
        # A file's NaN would become every score: it fails here, where the file is known.
        if not values.isfinite().all():
            raise HourglassError(f"{path} holds NaN or infinity in {name}; run `dvc repro` to rebuild it")
    try:
        settings = parse_json(metadata[kind])
    except ValueError as error:
        raise HourglassError(
            f"{path} holds settings that are not JSON ({error}); run `dvc repro` to rebuild it"
        ) from None
    if not isinstance(settings, dict):
        raise HourglassError(f"{path} holds settings that are no mapping; run `dvc repro` to rebuild it")
    return tensors, settings


@contextmanager
def building(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever fails while the content of `path` is built into one line that names the file.

    Raises:
        HourglassError: settings and tensors do not fit together, or are of another version.
    """
    try:
        yield
    except (HourglassError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise HourglassError(
            f"{path} holds a {kind} that this version cannot build ({reason}); run `dvc repro` to rebuild it"
        ) from None
