"""What paths on a command line stand for: names of image files, and the pixels of each."""

import glob
import os
import sys
from collections.abc import Collection, Iterable, Iterator
from io import BufferedReader
from itertools import chain, groupby, islice
from pathlib import Path, PurePath
from typing import cast

import numpy as np
from numpy.typing import NDArray

from hourglass.core.errors import SettingsError
from hourglass.data.decode import UnreadableImageError, decode
from hourglass.data.folder import hidden
from hourglass.data.imageset import BATCH
from hourglass.models.autoencoder import Shape

STDIN = "-"
MISSING = "no such file"


def image_files(paths: Iterable[str], start: Path, written: Iterable[Path | None] = ()) -> Iterator[list[str]]:
    """The files that `paths` stand for, at most BATCH at a time, so that memory does not grow with their number.

    A folder stands for all files below it but hidden ones, in order of their names. A pattern (`*`, `?`, `[...]`, `**`)
    that is not itself a file stands for the files it matches. `-` stands for the list on standard input, a path per
    line; a batch has those that have arrived, so that the rest is not waited for. A path that stands for nothing is
    returned too, so that it is reported.

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
    return _batches(named, start, own)


def _batches(paths: Iterable[str], start: Path, own: Collection[str]) -> Iterator[list[str]]:
    for listed, group in groupby(paths, STDIN.__eq__):
        for names in _listed() if listed else [chain.from_iterable(_each(path, start, own) for path in group)]:
            while batch := list(islice(names, BATCH)):
                yield batch


def _listed() -> Iterable[Iterator[str]]:
    """The lines of standard input: of a file, all of them at once."""
    return [chain.from_iterable(_arrivals())] if os.path.isfile("/dev/stdin") else _arrivals()


def _arrivals() -> Iterator[Iterator[str]]:
    """The lines of standard input, as many as there are whenever some have arrived."""
    rest, source = b"", cast(BufferedReader, sys.stdin.buffer)
    while arrived := source.read1():
        *lines, rest = (rest + arrived).split(b"\n")
        yield (os.fsdecode(line.rstrip(b"\r")) for line in lines if line.strip())
    if rest.strip():
        yield iter([os.fsdecode(rest.rstrip(b"\r"))])


def _each(path: str, start: Path, own: Collection[str]) -> Iterator[str]:
    if os.path.isdir(start / path):
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
        folders[:] = sorted(name for name in folders if not hidden(name))
        for name in sorted(name for name in files if not hidden(name)):
            if os.path.join(real, name) not in left_out:
                yield os.path.join(folder + place.removeprefix(root), name)
    yield from unlisted


def read(name: str, start: Path, shape: Shape, fit: str) -> tuple[NDArray[np.uint8], tuple[int, int]] | str:
    """The image in a file as the pipeline reads it, as of `decode`; or why it cannot be read."""
    path = start / name
    if not os.path.isfile(path):
        if os.path.isdir(path):
            return "a folder; name it on the command line, or check its permissions"
        return "not a regular file" if os.path.exists(path) else MISSING
    try:
        return decode(path, shape, fit)
    except UnreadableImageError as error:
        return str(error)


def target(folder: Path, name: str) -> Path:
    """Where the picture of the image `name` goes: `folder`/name.png, with its folders; never outside `folder`."""
    parts = ["_" if part == ".." else part for part in PurePath(name).parts if part != PurePath(name).anchor]
    return folder.joinpath(*parts[:-1], f"{parts[-1]}.png")


def printable(name: str) -> str:
    """A file's name as any terminal takes it, in one line."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in name)
