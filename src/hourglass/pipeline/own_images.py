"""`hourglass init FOLDER`: look at a folder of images and write a params.yaml for it; and notice when it changes."""

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

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hourglass.core import layout, names, params
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import replacing, write_text
from hourglass.core.params import PARAMS, Settings
from hourglass.data.fingerprint import fingerprint
from hourglass.data.folder import Folder, look
from hourglass.data.settings import IMAGE_SHAPES, DataSettings
from hourglass.pipeline.validate import MOST_PIXELS

TEMPLATE = Path("docs/own-images.yaml")
# Names of the class of good parts, the likeliest first.
NORMAL = ("good", "normal", "ok")
# Files that are looked at; the longer side of large images in pixels, and the shortest side that a network takes.
SAMPLED, SIDE, SHORTEST = 100, 64, 16
# Of the folder's name no more becomes the data set's; core/names.py refuses longer ones.
LONGEST_NAME = 64
# Shades between channels from which on an image is one of colours.
COLOURED = 12
# Share of the images that train, where the split is made here, and where the folder has test images of its own.
TRAINS = {False: 0.6, True: 0.8}
# The setting in the text of params.yaml.
DIGEST = re.compile(r"""(\bdigest["']?\s*:\s*)(''|""|[^\s,}]+)""")
# Share of the images that test, where the split is made here.
MADE_TEST = 0.2
# Gradient steps that a small network needs, and the most and the least passes over the images.
STEPS, EPOCHS = 1500, (5, 100)
# Convolutions halve the sides until they are about this long; channels of the first one, and at most.
SMALLEST_MAP, CHANNELS = 8, (16, 64)
# With fewer calibration images than this, all training images set the threshold.
FEW = 100


class _Data(Settings):
    data: DataSettings


@dataclass(frozen=True)
class Sample:
    """What a sample of the files has in common: median width and height, and whether there is colour."""

    width: int
    height: int
    colour: bool

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
    if size is not None and size < SHORTEST:
        raise SettingsError(f"--size: {size}; images need at least {SHORTEST} pixels a side")
    path = Path(os.path.abspath(path.expanduser()))  # without `..`
    folder = look(path)
    digest, sample = fingerprint(folder, layout.DIGESTS), _sample(folder)
    folder, without = _with_images(folder)
    counts = Counter(file.label for file in folder.files)
    classes = sorted(counts, key=lambda label: (label not in NORMAL, label))
    normal = classes[0] if classes[0] in NORMAL else max(classes, key=lambda label: counts[label])
    shape = sample.shape(size, channels)
    data = {
        "name": name or _slug(path),
        "folder": _portable(path),
        "images": {
            **dict(zip(("channels", "height", "width"), shape, strict=True)),
            "classes": classes,
            "digest": digest,
        },
        "normal_class": classes.index(normal),
    }
    _check_name(str(data["name"]))
    settings = _fill(data, folder, counts, normal)
    yaml = YAML()
    yaml.width = sys.maxsize
    with replacing(PARAMS) as partial:
        yaml.dump(settings, partial)
    _report(folder, counts, normal, sample, shape)
    for label in without:
        print(f"left out: class {label}, none of whose files is an image")
    print(f"written:  {PARAMS}; read it, then run `make`, then open {layout.PAGE}")


def refresh() -> None:
    """Bring `data.images.digest` in params.yaml up to date if the folder is here.

    Raises:
        SettingsError: the setting stands in a form that cannot be replaced. Others as of `changed`.
    """
    if digest := changed():
        text = re.sub(DIGEST, rf"\g<1>'{digest}'", PARAMS.read_text(encoding="utf-8"), count=1)
        if _digest_in(text) != digest:
            raise SettingsError(f"{PARAMS}: data.images.digest: the folder has changed; write digest: '{digest}'")
        write_text(PARAMS, text)
        print("the folder of images has changed: it is read again")


def _digest_in(text: str) -> object:
    try:
        return YAML(typ="safe").load(text)["data"]["images"]["digest"]
    except (YAMLError, KeyError, TypeError):
        return None


def require_current() -> None:
    """Return if the user's images are those that params.yaml was last brought up to date with.

    Raises:
        HourglassError: they are not; or as of `changed`.
    """
    if changed():
        raise HourglassError("the folder of images has changed; run `hourglass repro`, which reads it again")


def changed() -> str | None:
    """The digest of the user's images if it differs from that in params.yaml; None too if they are not here.

    Raises:
        SettingsError: the section `data` is wrong.
        HourglassError: the folder's layout is none of those known.
    """
    data = params.read(_Data).data
    if data.images is None or data.folder is None or not Path(data.folder).expanduser().exists():
        return None
    digest = fingerprint(look(Path(data.folder)), layout.DIGESTS)
    return None if digest == data.images.digest else digest


def _require_kept() -> None:
    """Raise an error if writing params.yaml would lose what git does not have."""
    if not PARAMS.exists():
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
    import numpy as np

    from hourglass.data.decode import UnreadableImageError, decode

    sizes, colour = [], False
    for file in folder.files[:: math.ceil(len(folder.files) / SAMPLED)]:
        try:
            pixels, size = decode(folder.root / file.path, (3, 32, 32), "stretch")
        except UnreadableImageError:
            continue
        sizes.append(size)
        colour = colour or int(np.ptp(pixels.astype(int), axis=0).max()) >= COLOURED
    if not sizes:
        raise HourglassError(f"{folder.root}: none of {min(SAMPLED, len(folder.files))} files looked at is an image")
    width, height = np.median(sizes, axis=0).tolist()
    return Sample(round(width), round(height), colour)


def _with_images(folder: Folder) -> tuple[Folder, list[str]]:
    """The folder without the classes that have not a single readable image, and the names of these."""
    from hourglass.data.decode import UnreadableImageError, decode

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


def _fill(data: dict[str, Any], folder: Folder, counts: Counter[str], normal: str) -> Any:
    """The template with the folder's values: sizes of batches and codes, epochs and criteria follow from the counts."""
    settings = YAML().load(TEMPLATE.read_text(encoding="utf-8"))
    images = data.pop("images")
    settings["data"].update(data)
    settings["data"]["images"].update(images)
    training = Counter(file.label for file in folder.files if file.split in (None, "train"))
    share = TRAINS[folder.is_split]
    every, own = (max(1, round(share * count)) for count in (sum(training.values()), training[normal]))
    for section, count in (("train", every), ("train_normal", own), ("reference_classifier", every)):
        settings[section]["batch_size"] = batch = 16 if count < 1000 else 64 if count < 10_000 else 256
        settings[section]["epochs"] = min(max(round(STEPS * batch / count), EPOCHS[0]), EPOCHS[1])
    _suit(settings, images)
    latent = max(2, min(30, own // 4))
    for variant in settings["variants"].values():
        variant["latent_dim"] = latent
    settings["sweep"]["latent_dims"] = [size for size in (2, 4, 8, 16, 32) if size <= latent]
    if own * (1 - share) / share < FEW:
        settings["detect"]["variants"].update({name: {"threshold": "cross_conformal"} for name in settings["variants"]})
    tested = [file.label for file in folder.files if file.split in (None, "test")]
    good = tested.count(normal) * (1.0 if folder.is_split else MADE_TEST)
    rate = settings["detect"]["false_positive_rate"]
    bound = rate + 2 * math.sqrt(rate * (1 - rate) / max(1, good))
    settings["accept"]["false_alarms"]["max"] = round(min(bound, 0.5), 3)
    if set(tested) == {normal}:
        del settings["accept"]["detectors"]
    return settings


def _suit(settings: Any, images: Mapping[str, Any]) -> None:
    """Leave out the variant that many pixels make absurd, and halve large images more often before a dense layer."""
    height, width = images["height"], images["width"]
    if images["channels"] * height * width > MOST_PIXELS:
        del settings["variants"]["pca"]
        settings["sweep"]["variants"] = {"undercomplete": {"module": "undercomplete", "hidden": [64]}}
    halvings = max(2, math.ceil(math.log2(max(height, width) / SMALLEST_MAP)))
    for name, more in (("convolutional", 0), ("rotated", 1)):
        channels = [min(CHANNELS[0] * 2**number, CHANNELS[1]) for number in range(halvings + more)]
        settings["variants"][name]["channels"] = channels


def _report(folder: Folder, counts: Counter[str], normal: str, sample: Sample, shape: tuple[int, int, int]) -> None:
    """Print what was found, and how it is read."""
    print(f"layout:   {folder.layout}")
    for label, count in sorted(counts.items(), key=lambda pair: pair[0] != normal):
        print(f"class:    {label}, {count} files{' (normal: detectors train on it)' if label == normal else ''}")
    print("split:    " + ("as the folder says" if folder.is_split else "made by a hash of the pixels, 60:20:20"))
    print(f"skipped:  {len(folder.skipped)} files so far; `make` names all with their reasons in {layout.DATA}")
    kind = "colour" if sample.colour else "grey"
    read_as = f"{shape[2]} x {shape[1]}, {shape[0]} channels"
    print(f"images:   {kind}, mostly {sample.width} x {sample.height}; read as {read_as}")
    if len(counts) == 1:
        print("anomalies: none among the images; detectors are tested on synthetic defects")
