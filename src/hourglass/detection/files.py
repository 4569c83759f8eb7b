"""A detector as one safetensors file: weights, what scorers learned, standardisation, calibration scores, settings."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hourglass.core import weights
from hourglass.detection.detector import Detector, Member
from hourglass.detection.scorer import find
from hourglass.detection.validity import require_valid
from hourglass.models.build import rebuild


def save_detector(detector: Detector, path: Path) -> None:
    """Write `detector` to `path`, whole or not at all.

    Raises:
        HourglassError: the file cannot be written; the earlier one, if any, is intact.
    """
    tensors = {"mean": detector.mean, "std": detector.std, "calibration_scores": detector.calibration_scores}
    for number, member in enumerate(detector.members):
        tensors[f"{number}.expected"] = member.expected
        tensors |= {f"{number}.model.{name}": value for name, value in member.model.state_dict().items()}
        for scorer, fitted in member.scorers.items():
            tensors |= {f"{number}.{scorer}.{name}": value for name, value in fitted.state.items()}
    settings = {
        "models": [member.model.description for member in detector.members],
        "dataset": detector.dataset,
        "normal": detector.normal,
        "also_normal": detector.also_normal,
        "classes": list(detector.classes),
        "image_fit": detector.image_fit,
        "weights": dict(detector.weights),
        "false_positive_rate": detector.false_positive_rate,
        "threshold_method": detector.threshold_method,
    }
    weights.write(path, "detector", tensors, settings)


def load_detector(path: Path, on: torch.device | str = "cpu") -> Detector:
    """Read a detector, whose networks compute on a device from then on; nothing in the file is executed.

    Raises:
        HourglassError: the file is missing, damaged, or holds no detector that this version can build.
    """
    tensors, settings = weights.read(path, "detector")
    with weights.building(path, "detector"):
        detector = require_valid(_assemble(tensors, settings))
    return replace(detector, members=[member.to(on) for member in detector.members])


def _assemble(tensors: Mapping[str, Tensor], settings: Mapping[str, Any]) -> Detector:
    def below(prefix: str) -> dict[str, Tensor]:
        return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}

    members = []
    for number, description in enumerate(settings["models"]):
        model = rebuild(description, below(f"{number}.model."))
        scorers = {name: find(name, model)(below(f"{number}.{name}.")) for name in settings["weights"]}
        members.append(Member(model, scorers, tensors[f"{number}.expected"]))
    return Detector(
        members,
        settings["dataset"],
        settings["normal"],
        tuple(settings["classes"]),
        settings["image_fit"],
        tensors["mean"],
        tensors["std"],
        settings["weights"],
        settings["false_positive_rate"],
        tensors["calibration_scores"],
        settings["threshold_method"],
        tuple(settings["also_normal"]),
    )
