"""A detector as one safetensors file: weights, what the scorers learned, the scaling, and settings as metadata."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from hourglass.core.errors import HourglassError
from hourglass.core.files import replacing
from hourglass.detectors import registry
from hourglass.detectors.detector import Detector, Member
from hourglass.models.build import build


def save_detector(detector: Detector, path: Path) -> None:
    """Write `detector` to `path`, whole or not at all.

    Raises:
        HourglassError: the file cannot be written; the earlier one, if any, is intact.
    """
    tensors = {"centre": detector.centre, "spread": detector.spread}
    members = []
    for number, member in enumerate(detector.members):
        tensors[f"{number}.expected"] = member.expected
        tensors |= {f"{number}.model.{name}": value for name, value in member.model.state_dict().items()}
        for name, scorer in member.scorers.items():
            tensors |= {f"{number}.{name}.{key}": value for key, value in scorer.state.items()}
        shape = member.model.image_shape
        members.append({"settings": dict(member.settings), "image_shape": shape, "scorers": list(member.scorers)})
    about = {"members": members, "normal": detector.normal, "threshold": detector.threshold}
    about["false_alarm_rate"] = detector.false_alarm_rate
    # Tied weights share storage, which safetensors refuses; several metadata keys it would write in random order.
    whole = {name: value.contiguous().clone() for name, value in tensors.items()}
    with replacing(path) as partial:
        partial.write_bytes(save(whole, {"detector": json.dumps(about)}))


def load_detector(path: Path) -> Detector:
    """Read a detector; nothing in the file is executed.

    Raises:
        HourglassError: the file is missing, damaged, or no detector.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (OSError, SafetensorError) as error:
        raise HourglassError(f"{path} cannot be read ({error}); run `dvc repro` to rebuild it") from None
    if "detector" not in metadata:
        raise HourglassError(f"{path} holds no detector; run `dvc repro` to rebuild it")
    try:
        return _assemble(json.loads(metadata["detector"]), tensors)
    except (HourglassError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise HourglassError(
            f"{path} holds a detector that this version cannot build ({reason}); run `dvc repro` to rebuild it"
        ) from None


def _assemble(about: Any, tensors: dict[str, Tensor]) -> Detector:
    def below(prefix: str) -> dict[str, Tensor]:
        return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}

    members = []
    for number, entry in enumerate(about["members"]):
        channels, height, width = entry["image_shape"]
        model = build(entry["settings"], (channels, height, width), seed=0)
        model.load_state_dict(below(f"{number}.model."))
        scorers = {name: registry.find(name, type(model))(below(f"{number}.{name}.")) for name in entry["scorers"]}
        members.append(Member(model.eval(), entry["settings"], scorers, tensors[f"{number}.expected"]))
    return Detector(
        members,
        about["normal"],
        tensors["centre"],
        tensors["spread"],
        about["false_alarm_rate"],
        about["threshold"],
    )
