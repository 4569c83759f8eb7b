"""What a variant was made from, read from its files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from hourglass.core import layout
from hourglass.core.errors import HourglassError


def settings_in(path: Path, kind: str) -> dict[str, Any]:
    """The settings in a file of weights, of kind `model` or `detector`; its tensors are not read.

    Raises:
        HourglassError: the file is missing, damaged, or holds something else.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            return json.loads((file.metadata() or {})[kind])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise HourglassError(f"{path} cannot be read ({error!r}); run `hourglass repro` to rebuild it") from None


def parameters(variant: str, detection: Mapping[str, Any]) -> dict[str, str]:
    """What `variant` was made from, by name, read from its files.

    Of the training on the normal class only what differs from that on all classes is named, with `normal_` in front.

    Args:
        detection: the content of the detector's metrics file.

    Raises:
        HourglassError: a file is missing, damaged, or was written by an earlier version of this project.
    """
    trained = {images: settings_in(layout.model(variant, images), "model") for images in ("all", "normal")}
    for images, settings in trained.items():
        if "training" not in settings:
            file = layout.model(variant, images)
            raise HourglassError(f"{file} does not say how it was trained; run `hourglass repro` to rebuild it")
    detector = settings_in(layout.detector(variant), "detector")
    if missing := {"threshold_method", "dataset", "normal"} - detector.keys():
        file = layout.detector(variant)
        raise HourglassError(f"{file} does not say its {min(missing)}; run `hourglass repro` to rebuild it")
    training, normal = (settings["training"] for settings in trained.values())
    values = {
        "module": trained["all"]["module"],
        **trained["all"]["settings"],
        **training,
        **{f"normal_{name}": value for name, value in normal.items() if value != training.get(name)},
        "scorers": weighted(detection["weights"]),
        "networks": detection["networks"],
        "threshold_method": detector["threshold_method"],
        "false_positive_rate": detection["target_false_positive_rate"],
        "dataset": detector["dataset"],
        "normal_class": "+".join(map(str, (detector["normal"], *detector.get("also_normal", ())))),
    }
    return {name: str(value) for name, value in values.items()}


def weighted(weights: Mapping[str, float]) -> str:
    """Names of scorers with their weights, the heaviest first: `knn 0.62, pixel 0.38`."""
    ordered = sorted(weights.items(), key=lambda scorer: -scorer[1])
    return ", ".join(f"{name} {weight:.2f}" for name, weight in ordered)
