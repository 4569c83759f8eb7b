"""Settings that suit a folder of images: sizes of batches and codes, epochs and criteria follow from its counts."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from hourglass.data.collect import PARTS
from hourglass.data.folder import Folder, ImageFile
from hourglass.pipeline.validate import MOST_PIXELS

TEMPLATE = Path("docs/own-images.yaml")
# Gradient steps that a small network needs, and the most and the least passes over the images.
STEPS, EPOCHS = 1500, (5, 100)
# Convolutions halve the sides until they are about this long; channels of the first one, and at most.
SMALLEST_MAP, CHANNELS = 8, (16, 64)
# With fewer calibration images than this, all training images set the threshold.
FEW = 100
# Standard deviations from the target rate of false alarms to its bound, and the largest bound.
DEVIATIONS, LARGEST_BOUND = 3, 0.5


@dataclass(frozen=True)
class Counts:
    """Images that a split will have, about: which ones go where shows when their pixels are hashed."""

    train: float
    validation: float
    test: float

    @classmethod
    def expected(cls, files: Iterable[ImageFile], *, validated: bool) -> "Counts":
        """Counts of some files of a folder; `validated`: whether the folder says which images validate."""
        given = Counter(file.split for file in files)
        part = given[None] / PARTS
        moved = 0 if validated else given["train"] / PARTS
        return cls(
            train=given["train"] - moved + (PARTS - 2) * part,
            validation=given["validation"] + moved + part,
            test=given["test"] + part,
        )


def fill(data: dict[str, Any], folder: Folder, normal: str) -> Any:
    """The template with the folder's values."""
    settings = YAML().load(TEMPLATE.read_text(encoding="utf-8"))
    images = data["images"]
    settings["data"].update({name: value for name, value in data.items() if name != "images"})
    settings["data"]["images"].update(images)
    validated = any(file.split == "validation" for file in folder.files)
    every = Counts.expected(folder.files, validated=validated)
    own = Counts.expected((file for file in folder.files if file.label == normal), validated=validated)
    for section, count in (("train", every.train), ("train_normal", own.train), ("reference_classifier", every.train)):
        settings[section]["batch_size"] = batch = 16 if count < 1000 else 64 if count < 10_000 else 256
        settings[section]["epochs"] = min(max(round(STEPS * batch / max(1, count)), EPOCHS[0]), EPOCHS[1])
    _suit_size(settings, images)
    latent = max(2, min(30, int(own.train) // 4))
    for variant in settings["variants"].values():
        variant["latent_dim"] = latent
    settings["sweep"]["latent_dims"] = [size for size in (2, 4, 8, 16, 32) if size <= latent]
    _suit_counts(settings, own, every)
    return settings


def _suit_size(settings: Any, images: Mapping[str, Any]) -> None:
    """Leave out the variant that many pixels make absurd, and halve large images more often before a dense layer."""
    if excess(images):
        del settings["variants"]["pca"]
        settings["sweep"]["variants"] = {"undercomplete": {"module": "undercomplete", "hidden": [64]}}
    halvings = max(2, math.ceil(math.log2(max(images["height"], images["width"]) / SMALLEST_MAP)))
    for name, more in (("convolutional", 0), ("rotated", 1)):
        channels = [min(CHANNELS[0] * 2**number, CHANNELS[1]) for number in range(halvings + more)]
        settings["variants"][name]["channels"] = channels


def excess(images: Mapping[str, Any]) -> str | None:
    """Why `pca` is left out, or None."""
    values = images["channels"] * images["height"] * images["width"]
    return f"{values:,} values per image, and it takes at most {MOST_PIXELS:,}" if values > MOST_PIXELS else None


def _suit_counts(settings: Any, own: Counts, every: Counts) -> None:
    """What depends on the numbers of calibration and test images."""
    calibrating = own.validation
    if own.validation < FEW:
        settings["detect"]["variants"].update({name: {"threshold": "cross_conformal"} for name in settings["variants"]})
        calibrating = own.train
    rate = settings["detect"]["false_positive_rate"]
    settings["accept"]["false_alarms"]["max"] = round(false_alarm_bound(rate, calibrating, own.test), 3)
    if every.test == own.test:
        del settings["accept"]["detectors"]


def false_alarm_bound(rate: float, calibrating: float, tested: float) -> float:
    """A rate of false alarms on test images that chance alone exceeds in about one case of a hundred.

    Three standard deviations above the target `rate`. Two draws scatter: the normal images that set the threshold,
    and those that test it; their variances add up. The detectors of several variants share both draws.

    Args:
        calibrating, tested: numbers of normal images.
    """
    variance = rate * (1 - rate) * (1 / max(1, calibrating) + 1 / max(1, tested))
    return min(rate + DEVIATIONS * math.sqrt(variance), LARGEST_BOUND)
