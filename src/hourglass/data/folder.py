"""What a folder of images holds: its files, each with the class and the split that its place says."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from hourglass.core.errors import HourglassError

SPLITS = {"train": "train", "test": "test", **dict.fromkeys(("validation", "val", "valid"), "validation")}
MASKS = "ground_truth"
# Names of the class of good parts, in small letters.
NORMAL = ("good", "normal", "ok")
# A file of such a name counts as an image before any is opened. Whether others are images shows when they are decoded.
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
NO_CLASS, NO_SPLIT = "not in a class folder", "not in train/ or test/"
NOT_TEXT = "its name is not UTF-8"
# The class of all images in a folder without class folders.
ONLY_CLASS = "normal"


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A file that may be an image.

    path: from the folder on, with `/`. label: the name of its class. split: `train`, `validation`, `test`, or None.
    """

    path: str
    label: str
    split: str | None = None


@dataclass
class Folder:
    """A folder as it was found.

    root: where paths start. layout: what it was recognised as, as people read it. files: in order of their paths.
    skipped: path -> why it is not among them. masks: path of an image -> path of the mask of its defects, MVTec's.
    """

    root: Path
    layout: str = ""
    files: list[ImageFile] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    masks: dict[str, str] = field(default_factory=dict)

    @property
    def is_split(self) -> bool:
        """Whether the folder says which images are test images."""
        return bool(self.files) and self.files[0].split is not None


def look(path: Path) -> Folder:
    """Recognise the layout of the folder `path`, or of a CSV file `path`, and list its files; no image is opened.

    Raises:
        HourglassError: there is no such folder, it has no files, or its layout is none of those known.
    """
    path = path.expanduser()
    if path.is_file() and path.suffix.lower() == ".csv":
        return _of_table(Folder(path.parent), path)
    if not path.is_dir():
        raise HourglassError(f"{path} is not a folder; name one with images, or a CSV file with columns path and label")
    folder = Folder(_start(path))
    names = sorted(_walk(folder))
    tables = [folder.root / name for name in names if "/" not in name and name.lower().endswith(".csv")]
    if table := next(filter(_is_table, tables), None):
        return _of_table(Folder(folder.root, skipped=folder.skipped), table)
    tops = {name.partition("/")[0] for name in names if "/" in name}
    if {top.casefold() for top in tops} & {"train", "test"}:
        _of_splits(folder, names, tops)
    elif tops:
        _of_classes(folder, names)
    else:
        folder.layout = f"one folder of images, all of class {ONLY_CLASS}"
        _sort_in(folder, names, lambda parts: (ONLY_CLASS, None))
    _require_classes(folder)
    if not folder.files:
        raise HourglassError(f"{path} holds no images{first_skipped(folder.skipped)}")
    if folder.root != path:
        folder.layout += f", in {folder.root.relative_to(path).as_posix()}/"
    return folder


def first_skipped(skipped: Mapping[str, str]) -> str:
    """How many files were skipped, and the first of them with its reason, hidden ones last; or nothing."""
    if not skipped:
        return ""
    path, reason = min(skipped.items(), key=lambda pair: pair[1] == "hidden")
    return f"; {len(skipped)} skipped, the first: {path} ({reason})"


def _start(path: Path) -> Path:
    """The folder whose layout counts: `path`, or one below folders with no image and one folder each, as archives have.

    A folder of images alone is a class folder, and so is one with the name of a split or of good parts.
    """
    seen = set()
    while (real := os.path.realpath(path)) not in seen:
        seen.add(real)
        files, folders = _entries(path)
        if len(folders) != 1 or any(_named_as(name, *SUFFIXES, ".csv") for name in files):
            break
        inner = path / folders[0]
        files, below = _entries(inner)
        if not (below or any(_named_as(name, ".csv") for name in files)) or _is_split_or_normal(folders[0]):
            break
        path = inner
    return path


def _entries(path: Path) -> tuple[list[str], list[str]]:
    """Names of the files and of the folders in a folder, without hidden ones; none if it cannot be listed."""
    _, folders, files = next(os.walk(path), ("", [], []))
    return [name for name in files if not hidden(name)], [name for name in folders if not hidden(name)]


def _named_as(name: str, *suffixes: str) -> bool:
    return name.lower().endswith(suffixes)


def _is_split_or_normal(name: str) -> bool:
    return name.casefold() in (*SPLITS, *NORMAL)


def _walk(folder: Folder) -> Iterator[str]:
    """Paths of the regular files, links followed; what is none, or hidden, goes to `skipped`."""
    seen: set[str] = set()

    def refused(error: OSError) -> None:
        folder.skipped[f"{os.path.relpath(error.filename, folder.root)}/"] = f"cannot be listed: {error.strerror}"

    for place, folders, files in os.walk(folder.root, onerror=refused, followlinks=True):
        real = os.path.realpath(place)
        here = PurePosixPath(Path(place).relative_to(folder.root).as_posix())
        if real in seen:
            folder.skipped[str(here)] = "a link to a folder that was read already"
            folders.clear()
            continue
        seen.add(real)
        for name in [name for name in folders if hidden(name) or not _is_text(name)]:
            folders.remove(name)
            folder.skipped[_shown(f"{here / name}/")] = "hidden" if hidden(name) else NOT_TEXT
        for name in files:
            path = str(here / name)
            if not _is_text(name):
                folder.skipped[_shown(path)] = NOT_TEXT
            elif hidden(name):
                folder.skipped[path] = "hidden"
            elif not os.path.exists(os.path.join(place, name)):
                folder.skipped[path] = "a broken link"
            elif not os.path.isfile(os.path.join(place, name)):
                folder.skipped[path] = "not a regular file"
            else:
                yield path


def _is_text(name: str) -> bool:
    """Whether a name can be written into results; on Linux it may be any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(path: str) -> str:
    return path.encode(errors="backslashreplace").decode()


def hidden(name: str) -> bool:
    """Whether a file or folder of that name is left out: a dot file, or what a file manager or an archiver adds."""
    return name.startswith((".", "__MACOSX")) or name in ("Thumbs.db", "desktop.ini")


def _sort_in(folder: Folder, names: Iterable[str], place: Callable[[list[str]], tuple[str, str | None] | str]) -> None:
    """Add the files. `place` says (class, split) of a path's parts, or why the file is skipped."""
    for name in names:
        found = place(name.split("/"))
        if isinstance(found, str):
            folder.skipped[name] = found
        else:
            label, split = found
            folder.files.append(ImageFile(name, sys.intern(label), split))  # one text per class, not per file


def _of_classes(folder: Folder, names: list[str]) -> None:
    """Class folders. One that holds splits or a class of good parts is a data set, of which there are several then."""
    for top, inner, *_ in (parts for name in names if len(parts := name.split("/")) > 2):
        if _is_split_or_normal(inner):
            raise HourglassError(
                f"{folder.root}: {top}/ holds {inner}/, so it is no class folder; name {folder.root / top}, or put "
                "class folders directly into one folder"
            )
    folder.layout = "class folders without a split"
    _sort_in(folder, names, lambda parts: (parts[0], None) if len(parts) > 1 else NO_CLASS)


def _of_splits(folder: Folder, names: list[str], tops: set[str]) -> None:
    if missing := {"train", "test"} - {top.casefold() for top in tops}:
        raise HourglassError(
            f"{folder.root} has no {missing.pop()}/ beside its other split; add it, or put class folders directly "
            "into the folder"
        )
    masks = [name for name in names if name.casefold().startswith(f"{MASKS}/")]
    folder.layout = "MVTec's folders" if masks else "train/<class>/ and test/<class>/"

    def place(parts: list[str]) -> tuple[str, str | None] | str:
        split = SPLITS.get(parts[0].casefold())
        if split is None:
            return NO_SPLIT
        return (parts[1], split) if len(parts) > 2 else NO_CLASS

    _sort_in(folder, sorted(set(names) - set(masks)), place)
    _assign(folder, masks)


def _assign(folder: Folder, masks: list[str]) -> None:
    """Give each mask ground_truth/<defect>/<name>_mask.png to the image of that defect and name, training or not.

    Raises:
        HourglassError: two images have that name.
    """
    images: dict[tuple[str, str], list[str]] = {}
    for file in folder.files:
        images.setdefault((file.label, PurePosixPath(file.path).stem), []).append(file.path)
    for mask in masks:
        path = PurePosixPath(mask)
        found = images.get((path.parent.name, path.stem.removesuffix("_mask")), [])
        if len(found) > 1 or (found and found[0] in folder.masks):
            owners = " and ".join(found) if len(found) > 1 else f"{found[0]}, which has another"
            raise HourglassError(f"{folder.root}: {mask} is the mask of {owners}; give each image a name of its own")
        if found:
            folder.masks[found[0]] = mask
        else:
            folder.skipped[mask] = "a mask without an image"


def _require_classes(folder: Folder) -> None:
    """Raise an error if no fewer images lie beside the class folders than in them: the layout is another one then."""
    loose = [path for path, why in folder.skipped.items() if why in (NO_CLASS, NO_SPLIT) and _named_as(path, *SUFFIXES)]
    if loose and len(loose) >= len(folder.files):
        raise HourglassError(
            f"{folder.root}: {len(loose)} images are in no class folder, the first {loose[0]}, and {len(folder.files)} "
            "in one; move them into class folders, or move other folders away"
        )


def _is_table(path: Path) -> bool:
    try:
        return {"path", "label"} <= set(_rows(path).fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def _rows(path: Path) -> csv.DictReader[str]:
    return csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(), skipinitialspace=True)


def _of_table(folder: Folder, table: Path) -> Folder:
    """The files that a CSV file lists; other files do not count."""
    if not _is_table(table):
        raise HourglassError(f"{table} needs the columns path and label, and may have split; its first line names them")
    rows = list(_rows(table))
    has_split = any(row.get("split") for row in rows)
    folder.layout = f"the list {table.name}" + ("" if has_split else ", without a split")
    seen = set()
    for row in rows:
        path, label = os.path.normpath(row["path"] or ""), sys.intern((row["label"] or "").strip())
        split = (row.get("split") or "").strip().casefold()
        if reason := _refused(folder.root, path, label, split if has_split else "train"):
            folder.skipped[path] = reason
        elif path not in seen:
            folder.files.append(ImageFile(path, label, SPLITS[split] if has_split else None))
        seen.add(path)
    folder.files.sort(key=lambda file: file.path)
    if not folder.files:
        raise HourglassError(f"{table} lists no image that is there{first_skipped(folder.skipped)}")
    return folder


def _refused(root: Path, path: str, label: str, split: str) -> str | None:
    """Why a row of the list is skipped, or None."""
    if os.path.isabs(path) or path.startswith(".."):
        return "outside the folder of the list"
    if not (root / path).is_file():
        return "listed, but not there"
    if not label:
        return "without a label"
    return None if split in SPLITS else f"split {split!r} is none of {', '.join(SPLITS)}"
