"""What paths on a command line stand for: names of image files, and the pixels of each."""

import glob
import os
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from hourglass.core.errors import SettingsError
from hourglass.data.decode import UnreadableImageError, decode
from hourglass.models.autoencoder import Shape

STDIN = "-"


def image_files(paths: Iterable[str], start: Path, written: Iterable[Path | None] = ()) -> Iterator[str]:
    """The files that `paths` stand for, one at a time, so that memory does not grow with their number.

    A folder stands for all files below it but hidden ones, in order of their names. A pattern (`*`, `?`, `[...]`, `**`)
    that is not itself a file stands for the files it matches, and `-` for the list on standard input, a path per line.
    A path that stands for nothing is returned too, so that it is reported.

    Args:
        start: where relative paths start. The names that are returned start there too.
        written: files and folders that the command itself writes; they are left out of folders and patterns.

    Raises:
        SettingsError: one of `paths` is itself to be written.
    """
    named, own = list(paths), {os.path.realpath(start / path) for path in written if path}
    for path in named:
        if path != STDIN and os.path.realpath(start / path) in own:
            raise SettingsError(f"{path} is an input and an output of this command; name another output")
    return _each(named, start, own)


def _each(paths: Iterable[str], start: Path, own: Collection[str]) -> Iterator[str]:
    for path in paths:
        if path == STDIN:
            yield from (os.fsdecode(line.rstrip(b"\r\n")) for line in sys.stdin.buffer if line.strip())
        elif os.path.isdir(start / path):
            yield from _below(path, start, own)
        elif os.path.lexists(start / path):
            yield path
        else:
            found = glob.glob(path, root_dir=start, recursive=True)
            files = sorted(name for name in found if not os.path.isdir(start / name)) or [path]
            yield from (name for name in files if os.path.realpath(start / name) not in own)


def _below(folder: str, start: Path, left_out: Collection[str]) -> Iterator[str]:
    """Files below a folder, links followed, each folder once; a folder that cannot be listed counts as a file."""
    seen = set(left_out)
    unlisted: list[str] = []
    root = os.path.join(start, folder)
    for place, folders, files in os.walk(root, followlinks=True, onerror=lambda error: unlisted.append(error.filename)):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(_shown(folders))
        for name in sorted(_shown(files)):
            if os.path.join(real, name) not in left_out:
                yield os.path.join(folder + place.removeprefix(root), name)
    yield from unlisted


def _shown(names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if not name.startswith("."))


def read(name: str, start: Path, shape: Shape, fit: str) -> NDArray[np.uint8] | str:
    """The image in a file as the pipeline reads it, uint8 (C, H, W); or why it cannot be read."""
    path = start / name
    if not os.path.isfile(path):
        if os.path.isdir(path):
            return "a folder; name it on the command line, or check its permissions"
        return "not a regular file" if os.path.exists(path) else "no such file"
    try:
        return decode(path, shape, fit)[0]
    except UnreadableImageError as error:
        return str(error)


def target(folder: Path, name: str) -> Path:
    """Where the picture of the image `name` goes: `folder`/name.png, with its folders; never outside `folder`."""
    parts = ["_" if part == ".." else part for part in PurePath(name).parts if part != PurePath(name).anchor]
    return folder.joinpath(*parts[:-1], f"{parts[-1]}.png")


def printable(name: str) -> str:
    """A file's name as any terminal takes it, in one line."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in name)
