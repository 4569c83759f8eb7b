"""A digest of a folder of images. With it in params.yaml, DVC sees that a file was added, changed or removed."""

import csv
import hashlib
from pathlib import Path

from tqdm import tqdm

from hourglass.core.files import write_csv
from hourglass.data.folder import Folder
from hourglass.data.parallel import map_files

HEADER = ("path", "size", "changed", "sha256")
UNREADABLE = ",,unreadable"
# A bar for what takes longer than this.
SECONDS = 1


def fingerprint(folder: Folder, memory: Path) -> str:
    """Digest of all files and masks: paths, classes, splits and contents; the place of the folder does not count.

    Args:
        memory: file of contents' digests. A file whose size and time are those noted there is not read again.
    """
    states = _remembered(memory)

    def state(path: str) -> str:
        """Size, time and SHA-256 of a file. One text, not three: there may be a million."""
        try:
            found = (folder.root / path).stat()
            seen = f"{found.st_size},{found.st_mtime_ns},"
            if path in states and states[path].startswith(seen):
                return states[path]
            with (folder.root / path).open("rb") as file:
                return seen + hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return UNREADABLE

    paths = [*(file.path for file in folder.files), *folder.masks.values()]
    changed = len(states) != len(paths)
    bar = tqdm(map_files(state, paths), "hashing", len(paths), leave=False, unit="file", disable=None, delay=SECONDS)
    for path, found in zip(paths, bar, strict=True):
        changed = changed or states.get(path) != found
        states[path] = found
    if changed:
        write_csv(memory, HEADER, ((path, *states[path].split(",")) for path in paths))

    total = hashlib.sha256()
    for file in folder.files:
        total.update(repr((file.path, file.label, file.split, states[file.path].rpartition(",")[2])).encode())
    for image, mask in folder.masks.items():
        total.update(repr((image, mask, states[mask].rpartition(",")[2])).encode())
    return total.hexdigest()[:16]


def _remembered(memory: Path) -> dict[str, str]:
    """Path -> size, time and SHA-256 of the file, separated by commas."""
    try:
        with memory.open(newline="", encoding="utf-8") as file:
            rows = csv.reader(file)
            next(rows, None)  # the header
            return {path: f"{size},{changed},{sha256}" for path, size, changed, sha256 in rows}
    except (OSError, ValueError, csv.Error):
        return {}
