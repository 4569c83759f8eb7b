"""What a variant was made from, read from its files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.detection.settings import DetectorPlan


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


def parameters(variant: str, dataset: str, plan: DetectorPlan, detection: Mapping[str, Any]) -> dict[str, str]:
    """What `variant` was made from, by name, read from its files.

    Of the training on the normal class only what differs from that on all classes is named, with `normal_` in front.

    Args:
        dataset: its name. plan: the detector's settings. detection: the content of the detector's metrics file.

    Raises:
        HourglassError: a file is missing, damaged, or was written by an earlier version of this project.
    """
    trained = {images: settings_in(layout.model(variant, images), "model") for images in ("all", "normal")}
    for images, found in trained.items():
        if "training" not in found:
            file = layout.model(variant, images)
            raise HourglassError(f"{file} does not say how it was trained; run `hourglass repro` to rebuild it")
    training, normal = (found["training"] for found in trained.values())
    found = {
        "module": trained["all"]["module"],
        **trained["all"]["settings"],
        **training,
        **{f"normal_{name}": value for name, value in normal.items() if value != training.get(name)},
        "scorers": ", ".join(detection["scorers"]),
        "networks": detection["networks"],
        "threshold_method": plan.threshold,
        "false_positive_rate": detection["target_false_positive_rate"],
        "dataset": dataset,
        "normal_class": settings_in(layout.detector(variant), "detector")["normal"],
    }
    return {name: str(value) for name, value in found.items()}
