"""A digest of a folder of images. With it in params.yaml, DVC sees that a file was added, changed or removed."""

import csv
import hashlib
from pathlib import Path

from hourglass.core.files import write_csv
from hourglass.data.folder import Folder
from hourglass.data.parallel import map_files

UNREADABLE = "unreadable"
HEADER = ("path", "size", "changed", "sha256")
State = tuple[str, str, str]


def fingerprint(folder: Folder, memory: Path) -> str:
    """Digest of all files and masks: paths, classes, splits and contents; the place of the folder does not count.

    Args:
        memory: file of contents' digests. A file whose size and time are those noted there is not read again.
    """
    known = _remembered(memory)

    def state(path: str) -> State:
        """Size, time and SHA-256 of a file."""
        try:
            found = (folder.root / path).stat()
            size, changed = str(found.st_size), str(found.st_mtime_ns)
            if path in known and known[path][:2] == (size, changed):
                return known[path]
            with (folder.root / path).open("rb") as file:
                return size, changed, hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return "", "", UNREADABLE

    paths = [*(file.path for file in folder.files), *folder.masks.values()]
    states = dict(zip(paths, map_files(state, paths), strict=True))
    if states != known:
        write_csv(memory, HEADER, ((path, *states[path]) for path in paths))
    total = hashlib.sha256()
    for file in folder.files:
        total.update(repr((file.path, file.label, file.split, states[file.path][2])).encode())
    for image, mask in folder.masks.items():
        total.update(repr((image, mask, states[mask][2])).encode())
    return total.hexdigest()[:16]


def _remembered(memory: Path) -> dict[str, State]:
    try:
        with memory.open(newline="", encoding="utf-8") as file:
            return {path: (size, changed, sha256) for path, size, changed, sha256 in list(csv.reader(file))[1:]}
    except (OSError, ValueError):
        return {}
