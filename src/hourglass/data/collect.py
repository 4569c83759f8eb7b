"""The user's own image files -> pixels in one file, a table of their classes and splits, and an account of both."""

import hashlib
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from hourglass.core import layout
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import replacing, write_csv, write_json
from hourglass.data.decode import UnreadableImageError, decode
from hourglass.data.folder import Folder, ImageFile, first_skipped, look
from hourglass.data.parallel import map_files
from hourglass.data.settings import DataSettings, ImageSettings

PIXELS, TABLE, ACCOUNT = "pixels.bin", "files.csv", "account.json"
SPLITS = ("train", "validation", "test")
# Of the images whose split nothing states, one in five is for the test, and one in five validates.
PARTS = 5
MADE = "made here, by a hash of the pixels: one image in five for the test, one in five for validation"
GIVEN = "as the folder says; one training image in five validates, by a hash of its pixels"
GIVEN_WITH_VALIDATION = "as the folder says"
# Normal images that detectors need: four to train on, in two parts, two to calibrate on, two to test on.
LEAST_NORMAL = {"train": 4, "validation": 2, "test": 2}
# Groups of duplicates that are named, and files of each.
NAMED = 20
# An image with no value above this is nearly black. 4,095, the largest of 12 bits, becomes 16; resizing adds a little.
DARK = 20
DARK_HINT = (
    f"They have no value above {DARK} of 255. 16-bit values are divided by 257, so 12-bit values must be multiplied by "
    "16 first."
)


@dataclass(frozen=True, slots=True)
class Image:
    """A file that was read. digest: of its pixels at the final size, 64 bits."""

    file: ImageFile
    digest: int
    split: str


@dataclass
class Images:
    """What was read, one small object per file.

    rows: in order of the pixels. sizes: (width, height) of the files that occur. dark: files that are nearly black.
    """

    rows: list[Image] = field(default_factory=list)
    sizes: set[tuple[int, int]] = field(default_factory=set)
    dark: list[ImageFile] = field(default_factory=list)


def collect(settings: DataSettings, target: Path) -> None:
    """Read the images in `settings.folder` into the folder `target`, which appears only when it is complete.

    Equal images are always in the same split if the split is made here, and it is the same when others are added.

    Raises:
        SettingsError: `data.folder` is missing.
        HourglassError: there is no such folder, it has too few normal images, or equal images are in two splits or
            two classes.
    """
    if settings.images is None or settings.folder is None:
        raise SettingsError("params.yaml: data.folder: missing; name the folder of your images")
    folder = look(Path(settings.folder))
    with replacing(target) as fresh:
        fresh.mkdir()
        images = _read(folder, settings.images, fresh / PIXELS)
        account = _account(folder, images, settings.images)
        _check(account, settings)
        write_csv(fresh / TABLE, ("path", "class", "split", "digest"), map(_row, images.rows))
        write_json(fresh / ACCOUNT, account)
        shutil.rmtree(target, ignore_errors=True)
    _say(settings, account)


def _read(folder: Folder, settings: ImageSettings, target: Path) -> Images:
    """Decode all files on all cores and write their pixels, in order; files that cannot be used go to `skipped`."""
    files = []
    for file in folder.files:
        if file.label in settings.classes:
            files.append(file)
        else:
            folder.skipped[file.path] = f"class {file.label!r} is not in data.images.classes"
    has_validation = any(file.split == "validation" for file in files)
    images = Images()
    with target.open("wb") as pixels, tqdm(total=len(files), desc="reading", unit="file", disable=None) as bar:
        for file, found in zip(files, map_files(lambda file: _try(folder.root, file, settings), files), strict=True):
            bar.update()
            if isinstance(found, str):
                folder.skipped[file.path] = found
                continue
            content, size = found[0].tobytes(), found[1]
            pixels.write(content)
            digest = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest())
            images.rows.append(Image(file, digest, _split(file.split, digest, has_validation)))
            images.sizes.add(size)
            if found[0].max() <= DARK:
                images.dark.append(file)
    return images


def _try(root: Path, file: ImageFile, settings: ImageSettings) -> tuple[NDArray[np.uint8], tuple[int, int]] | str:
    """Pixels (C, H, W) and the file's own size, or why the file is skipped."""
    try:
        return decode(root / file.path, settings.shape, settings.fit)
    except UnreadableImageError as error:
        return str(error)


def _split(given: str | None, digest: int, has_validation: bool) -> str:
    """The split of an image: as given, or by its digest alone."""
    part = digest % PARTS
    if given is None:
        return "test" if part == 0 else "validation" if part == 1 else "train"
    return "validation" if given == "train" and part == 1 and not has_validation else given


def _row(image: Image) -> tuple[str, str, str, str]:
    return image.file.path, image.file.label, image.split, f"{image.digest:016x}"


def _account(folder: Folder, images: Images, settings: ImageSettings) -> dict[str, Any]:
    """What was found: counts, skipped files with reasons, sizes and duplicates, ready for JSON; no absolute path."""
    counts = Counter((image.split, image.file.label) for image in images.rows)
    rule = GIVEN_WITH_VALIDATION if any(image.file.split == "validation" for image in images.rows) else GIVEN
    duplicates = list(_duplicates(images.rows))
    leaks = [group for group in duplicates if len({image.split for image in group}) > 1]
    areas = sorted(images.sizes, key=lambda size: size[0] * size[1])
    contradictions = [group for group in duplicates if len({image.file.label for image in group}) > 1]
    return {
        "layout": folder.layout,
        "split": rule if folder.is_split else MADE,
        "image_shape": list(settings.shape),
        "fit": settings.fit,
        "classes": settings.classes,
        "counts": {name: {label: counts[name, label] for label in settings.classes} for name in SPLITS},
        "file_sizes": {"smallest": areas[0], "largest": areas[-1], "different": len(areas)} if areas else {},
        "masks": folder.masks,
        "duplicates": _named(duplicates),
        "leaks": _named(leaks),
        "contradictions": _named(contradictions),
        "warnings": _warnings(images, contradictions),
        "skipped": [{"file": path, "reason": reason} for path, reason in sorted(folder.skipped.items())],
    }


def _duplicates(images: list[Image]) -> Iterator[list[Image]]:
    """Groups of images with equal pixels."""
    digests = np.fromiter((image.digest for image in images), np.uint64, len(images))
    order = np.argsort(digests, kind="stable")
    _, starts, counts = np.unique(digests[order], return_index=True, return_counts=True)
    for group in np.flatnonzero(counts > 1):
        yield [images[row] for row in order[starts[group] : starts[group] + counts[group]]]


def _warnings(images: Images, contradictions: list[list[Image]]) -> list[str]:
    """A sentence about each thing that is allowed and likely wrong."""
    found = []
    if contradictions:
        first = " and ".join(image.file.path for image in contradictions[0][:2])
        found.append(f"Equal images in two classes: {len(contradictions):,}, the first {first}.")
    if images.dark:
        found.append(f"Nearly black images: {len(images.dark):,}, the first {images.dark[0].path}. {DARK_HINT}")
    return found


def _named(groups: list[list[Image]]) -> dict[str, Any]:
    names = [[image.file.path for image in group[:NAMED]] for group in groups[:NAMED]]
    return {"groups": len(groups), "images": sum(map(len, groups)), "first": names}


def _check(account: dict[str, Any], settings: DataSettings) -> None:
    """Raise an error if there are too few normal images, or if equal images are in two splits or classes.

    Before hours of training, not after.
    """
    normal = [settings.classes[number] for number in settings.normal]
    counts = {split: sum(of[name] for name in normal) for split, of in account["counts"].items()}
    if any(counts[split] < least for split, least in LEAST_NORMAL.items()):
        found, least = (", ".join(f"{name} {n}" for name, n in one.items()) for one in (counts, LEAST_NORMAL))
        skipped = {file["file"]: file["reason"] for file in account["skipped"]}
        raise HourglassError(
            f"{settings.folder}: images of {settings.normal_name}: {found}; needed: {least}; add images, or change "
            f"data.normal_class{first_skipped(skipped)}"
        )
    if settings.images and settings.images.allow_leak:
        return
    for kind, what in (("leaks", "split"), ("contradictions", "class")):
        if groups := account[kind]["groups"]:
            first = " and ".join(account[kind]["first"][0][:3])
            raise HourglassError(
                f"{settings.folder}: {groups} images are in more than one {what}, the first as {first}; remove them "
                "from one, or set data.images.allow_leak: true"
            )


def _say(settings: DataSettings, account: dict[str, Any]) -> None:
    counts = ", ".join(f"{sum(of.values())} {name}" for name, of in account["counts"].items())
    skipped = f"{len(account['skipped'])} files skipped ({layout.DATA})"
    print(f"{settings.name}: {account['layout']}; {counts} images; {skipped}")
    for warning in account["warnings"]:
        print(f"warning: {warning}", file=sys.stderr)
