"""The user's own image files -> pixels in one file, masks in another, a table of classes and splits, an account."""

import hashlib
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from hourglass.core import layout
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import replacing, write_csv, write_json
from hourglass.data.decode import Size, UnreadableImageError, decode, decode_mask
from hourglass.data.folder import Folder, ImageFile, first_skipped, look
from hourglass.data.masks import DEFECT, INTACT, UNKNOWN
from hourglass.data.parallel import map_files
from hourglass.data.settings import DataSettings, ImageSettings

PIXELS, MASKS, TABLE, ACCOUNT = "pixels.bin", "masks.bin", "files.csv", "account.json"
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
    unmarked: masks without a mark.
    """

    rows: list[Image] = field(default_factory=list)
    sizes: set[Size] = field(default_factory=set)
    dark: list[ImageFile] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)


def collect(settings: DataSettings, target: Path) -> None:
    """Read the images in `settings.folder` into the folder `target`, which appears only when it is complete.

    Equal images are always in the same split if the split is made here, and it is the same when others are added.

    Raises:
        SettingsError: `data.folder` is missing.
        HourglassError: there is no such folder, it has too few normal images, equal images are in two splits or two
            classes, or a mask does not fit its image.
    """
    if settings.images is None or settings.folder is None:
        raise SettingsError("params.yaml: data.folder: missing; name the folder of your images")
    folder = look(Path(settings.folder))
    with replacing(target) as fresh:
        fresh.mkdir()
        images = _read(folder, settings.images, fresh)
        account = _account(folder, images, settings.images)
        _check(account, settings)
        write_csv(fresh / TABLE, ("path", "class", "split", "digest"), map(_row, images.rows))
        write_json(fresh / ACCOUNT, account)
        shutil.rmtree(target, ignore_errors=True)
    _say(settings, account)


def _read(folder: Folder, settings: ImageSettings, target: Path) -> Images:
    """Decode all files on all cores and write pixels and masks, in order; unusable files go to `skipped`."""
    files = []
    for file in folder.files:
        if file.label in settings.classes:
            files.append(file)
        else:
            folder.skipped[file.path] = f"class {file.label!r} is not in data.images.classes"
    has_validation = any(file.split == "validation" for file in files)
    images = Images()
    with ExitStack() as stack:
        pixels = stack.enter_context((target / PIXELS).open("wb"))
        masks = stack.enter_context((target / MASKS).open("wb")) if folder.masks else None
        bar = stack.enter_context(tqdm(total=len(files), desc="reading", unit="file", disable=None))
        for file, found in zip(files, map_files(lambda file: _try(folder, file, settings), files), strict=True):
            bar.update()
            if isinstance(found, str):
                folder.skipped[file.path] = found
                continue
            content = found.pixels.tobytes()
            pixels.write(content)
            if masks:
                masks.write(found.mask.tobytes())
            digest = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest())
            images.rows.append(Image(file, digest, _split(file.split, digest, has_validation)))
            images.sizes.add(found.size)
            if found.pixels.max() <= DARK:
                images.dark.append(file)
            if file.path in folder.masks and not (found.mask == DEFECT).any():
                images.unmarked.append(folder.masks[file.path])
    return images


@dataclass(frozen=True)
class Decoded:
    """Pixels (C, H, W) of a file, its width and height, and its mask (H, W) as data/masks.py has it."""

    pixels: NDArray[np.uint8]
    size: Size
    mask: NDArray[np.uint8]


def _try(folder: Folder, file: ImageFile, settings: ImageSettings) -> Decoded | str:
    """A decoded file, or why it is skipped. A mask without a mark counts as no mask.

    Raises:
        HourglassError: its mask cannot be used. Without it, defects would count as intact or not at all.
    """
    try:
        pixels, size = decode(folder.root / file.path, settings.shape, settings.fit)
    except UnreadableImageError as error:
        return str(error)
    unknown = Decoded(pixels, size, np.full(settings.shape[1:], UNKNOWN, np.uint8))
    if file.path not in folder.masks:
        return unknown
    name = folder.masks[file.path]
    try:
        mask = decode_mask(folder.root / name, size, settings.shape, settings.fit)
    except UnreadableImageError as error:
        raise HourglassError(f"{name}, the mask of {file.path}: {error}") from None
    return Decoded(pixels, size, np.where(mask, DEFECT, INTACT).astype(np.uint8)) if mask.any() else unknown


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
        "masks": sum(image.file.path in folder.masks for image in images.rows),
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
    if images.unmarked:
        found.append(
            f"Masks without a mark: {len(images.unmarked):,}, the first {images.unmarked[0]}. Where the defects of "
            "their images lie counts as unknown."
        )
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
