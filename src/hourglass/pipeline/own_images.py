"""`hourglass init FOLDER`: look at a folder of images and write a params.yaml for it."""

import hashlib
import io
import math
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from hourglass.core import layout, names
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import write_text
from hourglass.core.params import PARAMS
from hourglass.data.collect import DARK, DARK_HINT, LEAST_NORMAL
from hourglass.data.decode import UnreadableImageError, decode
from hourglass.data.fingerprint import fingerprint
from hourglass.data.folder import NORMAL, Folder, look
from hourglass.data.settings import IMAGE_SHAPES
from hourglass.pipeline import own_settings
from hourglass.pipeline.folder_changes import DIGEST

# Files that are looked at; the longer side of large images in pixels, and the shortest side that a network takes.
SAMPLED, SIDE, SHORTEST = 100, 64, 16
# Of the folder's name no more becomes the data set's; core/names.py refuses longer ones.
LONGEST_NAME = 64
# Shades between channels from which on an image is one of colours.
COLOURED = 12
# Reasons for which files are skipped that are printed.
REASONS = 3
# Before the digest of the lines above, without that of the images: an edited file is not overwritten.
MARK = "# `hourglass init` may write this file again while nobody has edited it: "


@dataclass(frozen=True)
class Sample:
    """What a sample of the files has in common: median width and height, and whether there is colour.

    looked: files that are images. dark: those of them that are nearly black.
    """

    width: int
    height: int
    colour: bool
    looked: int
    dark: int

    def shape(self, longest: int | None, channels: int | None) -> tuple[int, int, int]:
        """(C, H, W) that suits: sides in proportion, the longer one `longest`, none below 16 pixels."""
        most = longest or min(SIDE, max(self.width, self.height))
        scale = most / max(self.width, self.height)
        height, width = (max(SHORTEST, round(side * scale)) for side in (self.height, self.width))
        return channels or (3 if self.colour else 1), height, width


def init(path: Path, name: str | None, size: int | None, channels: int | None) -> None:
    """Write a params.yaml for the images in `path`, and print what was found and what to do next.

    Args:
        name: of the dataset; None: from the folder's name. size: the longer side; None: 64 pixels, or less if the
            images are smaller. channels: 1 or 3; None: 3 if a sample of the images has colour.

    Raises:
        SettingsError: params.yaml has content that git does not have, or the name is not possible.
        HourglassError: the folder is not there, or holds no images.
    """
    _require_kept()
    path = Path(os.path.abspath(path.expanduser()))  # without `..`
    _check_name(name := name or _slug(path))
    folder = look(path)
    digest, sample = fingerprint(folder, layout.DIGESTS), _sample(folder)
    folder, without = _with_images(folder)
    counts = Counter(file.label for file in folder.files)
    normal = _normal(counts)
    classes = [normal, *sorted(counts.keys() - {normal}, key=lambda label: (not _is_good(label), label))]
    shape = dict(zip(("channels", "height", "width"), sample.shape(size, channels), strict=True))
    images = {**shape, "classes": classes, "digest": digest}
    data = {"name": name, "folder": _portable(path), "images": images, "normal_class": 0}
    _write(own_settings.fill(data, folder, normal))
    _say_found(folder, counts, normal)
    _say_read(sample, images)
    for label in without:
        print(f"left out: class {label}, none of whose files is an image")
    print(f"written:  {PARAMS}; read it, then run `make`, then open {layout.PAGE}")


def _is_good(label: str) -> bool:
    return label.casefold() in NORMAL


def _normal(counts: Counter[str]) -> str:
    """The class that detectors train on: by its name, or the largest."""
    good = sorted(filter(_is_good, counts))
    return good[0] if good else max(sorted(counts), key=counts.__getitem__)


def _write(settings: Any) -> None:
    """Write params.yaml, marked as unedited."""
    yaml = YAML()
    yaml.width = sys.maxsize
    text = io.StringIO()
    yaml.dump(settings, text)
    write_text(PARAMS, f"{text.getvalue()}\n{MARK}{_signature(text.getvalue())}\n")


def _signature(text: str) -> str:
    """Digest of a text without its digest of images, which `hourglass repro` refreshes."""
    return hashlib.sha256(re.sub(DIGEST, r"\g<1>", text, count=1).strip().encode()).hexdigest()[:16]


def _require_kept() -> None:
    """Raise an error if writing params.yaml would lose what git does not have and a person wrote."""
    if not PARAMS.exists():
        return
    text, _, signature = PARAMS.read_text(encoding="utf-8", errors="replace").rpartition(MARK)
    if signature.strip() == _signature(text):
        return
    done = subprocess.run(["git", "show", f"HEAD:./{PARAMS}"], capture_output=True, check=False)
    if done.returncode or done.stdout != PARAMS.read_bytes():
        raise SettingsError(f"{PARAMS} has content that git does not have; commit it, or move it away, and run again")


def _slug(path: Path) -> str:
    stem = re.sub(r"[^a-z0-9_-]+", "-", path.stem.lower()).strip("-_")
    name = stem if stem[:1].isalpha() else f"images-{stem}"
    return name[:LONGEST_NAME].rstrip("-_")


def _check_name(name: str) -> None:
    names.require(name, "--name")
    if name in IMAGE_SHAPES or not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
        raise SettingsError(
            f"--name: {name!r} is not possible; small letters, digits, - and _, and none of {', '.join(IMAGE_SHAPES)}"
        )


def _portable(path: Path) -> str:
    """The folder as the repository, the folder around it or the home folder sees it; absolute only elsewhere."""
    for base, prefix in ((Path.cwd(), "."), (Path.cwd().parent, ".."), (Path.home(), "~")):
        if path.is_relative_to(base):
            return (Path(prefix) / path.relative_to(base)).as_posix()
    return str(path)


def _sample(folder: Folder) -> Sample:
    """Decode a sample of the files, evenly spread.

    Raises:
        HourglassError: none of them is an image.
    """
    sizes, colour, dark = [], False, 0
    for file in folder.files[:: math.ceil(len(folder.files) / SAMPLED)]:
        try:
            pixels, size = decode(folder.root / file.path, (3, 32, 32), "stretch")
        except UnreadableImageError:
            continue
        sizes.append(size)
        colour = colour or int(np.ptp(pixels.astype(int), axis=0).max()) >= COLOURED
        dark += int(pixels.max()) <= DARK
    if not sizes:
        raise HourglassError(f"{folder.root}: none of {min(SAMPLED, len(folder.files))} files looked at is an image")
    width, height = np.median(sizes, axis=0).tolist()
    return Sample(round(width), round(height), colour, len(sizes), dark)


def _with_images(folder: Folder) -> tuple[Folder, list[str]]:
    """The folder without the classes that have not a single readable image, and the names of these."""

    def is_image(path: str) -> bool:
        try:
            decode(folder.root / path, (1, SHORTEST, SHORTEST), "stretch")
        except UnreadableImageError:
            return False
        return True

    by_class: dict[str, list[str]] = {}
    for file in folder.files:
        by_class.setdefault(file.label, []).append(file.path)
    without = [label for label, paths in by_class.items() if not any(map(is_image, paths))]
    return replace(folder, files=[file for file in folder.files if file.label not in without]), without


def _say_found(folder: Folder, counts: Counter[str], normal: str) -> None:
    """Print the layout, and what each class, the split and the skipped files are."""
    print(f"layout:   {folder.layout}")
    for label, count in sorted(counts.items(), key=lambda pair: pair[0] != normal):
        print(f"class:    {label}, {count} files{' (normal: detectors train on it)' if label == normal else ''}")
    if not _is_good(normal) and len(counts) > 1:
        print(
            f"warning:  no class is called {' or '.join(NORMAL)}; if {normal} is not normal, change data.normal_class"
        )
    if counts[normal] < sum(LEAST_NORMAL.values()):
        print(f"warning:  {counts[normal]} files of {normal}; at least {sum(LEAST_NORMAL.values())} images are needed")
    print("split:    " + ("as the folder says" if folder.is_split else "made by a hash of the pixels, 60:20:20"))
    reasons = Counter(folder.skipped.values()).most_common(REASONS)
    first = f" ({', '.join(f'{count} {reason}' for reason, count in reasons)})" if reasons else ""
    print(f"skipped:  {len(folder.skipped)} files so far{first}; `make` names all with reasons in {layout.DATA}")
    if len(counts) == 1:
        print("anomalies: none among the images; detectors are tested on synthetic defects")


def _say_read(sample: Sample, images: Mapping[str, Any]) -> None:
    """Print how images are read, and what follows from their size."""
    kind = "colour" if sample.colour else "grey"
    read_as = f"{images['width']} x {images['height']}, {images['channels']} channels"
    print(f"images:   {kind}, mostly {sample.width} x {sample.height}; read as {read_as}")
    if sample.dark:
        print(f"warning:  {sample.dark} of {sample.looked} images looked at are nearly black. {DARK_HINT}")
    if reason := own_settings.excess(images):
        print(f"left out: variant pca; there are {reason}")
