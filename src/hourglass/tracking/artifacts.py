"""Whether files in MLflow's store are those that were logged."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mlflow.entities import FileInfo

# Tags of a run or a logged model.
LISTED = "hourglass.files"
BYTES = "hourglass.bytes"
# Loading a model from a folder leaves these beside its files.
LEFT_BY_LOADING = ("__pycache__", "registered_model_meta")


def tags(listing: Callable[[str | None], list[FileInfo]], uri: str) -> dict[str, str]:
    """What `unaltered` compares, of files that were just logged: names and sizes, and on this machine all bytes.

    Args:
        listing: a folder in the store, or None for all of it -> its files and folders.
        uri: where the files lie.
    """
    found = {LISTED: _listed(listing)}
    folder = folder_of(uri)
    return found if folder is None else found | {BYTES: _bytes(folder)}


def unaltered(listing: Callable[[str | None], list[FileInfo]], uri: str, noted: Mapping[str, str]) -> bool:
    """Whether the files agree with the tags `noted`; files that an earlier version logged have none, and pass.

    Of a store on another machine only names and sizes are compared.
    """
    folder = folder_of(uri)
    if folder is not None and BYTES in noted:
        return folder.is_dir() and _bytes(folder) == noted[BYTES]
    return LISTED not in noted or _listed(listing) == noted[LISTED]


def folder_of(uri: str) -> Path | None:
    """The folder of this machine that a URI of artifacts names; None if it names another machine's."""
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    return None if parts.scheme else Path(uri)


def _listed(listing: Callable[[str | None], list[FileInfo]]) -> str:
    folders: list[str | None] = [None]
    files = []
    while folders:
        for entry in listing(folders.pop()):
            if entry.path.rpartition("/")[2] in LEFT_BY_LOADING:
                continue
            if entry.is_dir:
                folders.append(entry.path)
            else:
                files.append((entry.path, entry.file_size))
    return hashlib.sha256(json.dumps(sorted(files)).encode()).hexdigest()


def _bytes(folder: Path) -> str:
    files = {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and not set(LEFT_BY_LOADING) & set(file.relative_to(folder).parts)
    }
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
