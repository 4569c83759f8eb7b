"""What `--model` stands for. It means the same to every command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from hourglass.core import device, layout, params
from hourglass.core.device import Device
from hourglass.core.errors import SettingsError
from hourglass.core.params import Settings, suggestion
from hourglass.data.settings import DataSettings
from hourglass.detection.detector import Detector
from hourglass.detection.files import load_detector
from hourglass.tracking.settings import CHAMPION, URI, MlflowSettings

if TYPE_CHECKING:
    from hourglass.tracking.registered import Registered  # mlflow is slow to import

DETECTOR = "detector"


class Computing(Settings):
    """What is read of params.yaml to place networks."""

    device: Device = "cpu"


class Params(Settings):
    """What is read of params.yaml to find the champion."""

    data: DataSettings
    mlflow: MlflowSettings


def find(model: str, start: Path) -> Path | Registered:
    """The detector that `model` stands for: a file on disk, or a version in MLflow.

    Args:
        model: `champion`, the version that is served; the address of a version (`models:/...`); a variant, whose
            detector on disk is meant; or a detector's file.
        start: where a relative path starts.

    Raises:
        SettingsError: there is none of that name.
        HourglassError: nothing was published, or the tracking server does not answer.
    """
    if not _in_mlflow(model):
        return find_file(model, DETECTOR, start)
    from hourglass.tracking import registered

    settings = params.read(Params)
    return registered.find(model, settings.mlflow.names(settings.data).model)


def find_detector(model: str, start: Path) -> tuple[Detector, str]:
    """The detector that `model` stands for, on the device that params.yaml names, and what to call it.

    Raises:
        HourglassError: as of `find`, or it cannot be read.
    """
    found, on = find(model, start), configured()
    if isinstance(found, Path):
        return load_detector(found, on), model
    from hourglass.tracking import registered

    return registered.detector(found, on)[0], found.name


def configured() -> torch.device:
    """The device that params.yaml names; errors as of `device.find`."""
    return device.find(params.read(Computing).device)


def find_file(model: str, kind: str, start: Path) -> Path:
    """The file `models/<variant>/<kind>.safetensors` of a variant, or the file that `model` is the path of.

    Raises:
        SettingsError: there is neither, or `model` is in MLflow.
    """
    if _in_mlflow(model):
        raise SettingsError(f"--model: {model} is a detector; name a variant, or a file of a network of all classes")
    file = f"{kind}.safetensors"
    variants = sorted(found.parent.name for found in layout.MODELS.glob(f"*/{file}"))
    if model in variants:
        return layout.MODELS / model / file
    if (start / model).is_file():
        return start / model
    names = [*variants, CHAMPION] if kind == DETECTOR else variants
    known = suggestion(model, names) if variants else f"; `make` builds {layout.MODELS}/<variant>/{file}"
    raise SettingsError(f"--model: {model!r} is no file, and no variant with a {file}{known}")


def _in_mlflow(model: str) -> bool:
    return model == CHAMPION or model.startswith(URI)
