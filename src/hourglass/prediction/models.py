"""What `--model` stands for."""

from pathlib import Path

import torch

from hourglass.core import device, layout, params
from hourglass.core.device import Device
from hourglass.core.errors import SettingsError
from hourglass.core.params import Settings, suggestion
from hourglass.data.settings import DataSettings
from hourglass.detection.detector import Detector
from hourglass.detection.files import load_detector
from hourglass.tracking.settings import MlflowSettings

CHAMPION, REGISTERED = "champion", "models:/"


class Computing(Settings):
    """What is read of params.yaml to place networks."""

    device: Device = "cpu"


class Params(Settings):
    """What is read of params.yaml to find the champion."""

    data: DataSettings
    mlflow: MlflowSettings


def find_detector(model: str, start: Path) -> tuple[Detector, str]:
    """The detector that `model` stands for, on the device that params.yaml names, and what to call it.

    Args:
        model: `champion`, the address of a version in MLflow (`models:/...`), a variant, or a detector's file.
        start: where a relative path starts.

    Raises:
        SettingsError: there is none of that name. HourglassError: it cannot be read.
    """
    on = configured()
    if model == CHAMPION or model.startswith(REGISTERED):
        return _registered(model, on)
    file = find_file(model, "detector", start)
    return load_detector(file, on), model


def configured() -> torch.device:
    """The device that params.yaml names; errors as of `device.find`."""
    return device.find(params.read(Computing).device)


def find_file(model: str, kind: str, start: Path) -> Path:
    """The file `models/<variant>/<kind>.safetensors` of a variant, or the file that `model` is the path of.

    Raises:
        SettingsError: there is neither.
    """
    file = f"{kind}.safetensors"
    variants = sorted(found.parent.name for found in layout.MODELS.glob(f"*/{file}"))
    if model in variants:
        return layout.MODELS / model / file
    if (start / model).is_file():
        return start / model
    known = suggestion(model, variants) if variants else f"; `make` builds {layout.MODELS}/<variant>/{file}"
    raise SettingsError(f"--model: {model!r} is no file, and no variant with a {file}{known}")


def _registered(model: str, on: torch.device) -> tuple[Detector, str]:
    from hourglass.tracking import registered  # mlflow is slow to import

    settings = params.read(Params)
    version = registered.find(model, settings.mlflow.names(settings.data).model)
    return registered.detector(version, on)[0], version.name
