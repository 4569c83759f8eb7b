"""A detector in MLflow's model registry: the champion, or the version at an address."""

import os
from dataclasses import dataclass
from pathlib import Path

import mlflow.artifacts
import mlflow.pyfunc
import torch
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.pyfunc import PyFuncModel

from hourglass.core.errors import HourglassError
from hourglass.detection.detector import Detector
from hourglass.detection.files import load_detector
from hourglass.tracking import champion
from hourglass.tracking.address import is_lost
from hourglass.tracking.settings import CHAMPION, URI
from hourglass.tracking.store import open_client, refusal
from hourglass.tracking.tags import VARIANT

ADVICE = "name a model (`--model VARIANT`), or run `hourglass promote`"


@dataclass(frozen=True)
class Registered:
    """A model in the registry.

    address: `models:/...`. name: for people.
    """

    address: str
    name: str


def find(model: str, registered: str) -> Registered:
    """The version that `model` means: `champion`, or an address `models:/...`.

    Args:
        registered: name of the registered model whose champion is meant.

    Raises:
        HourglassError: there is no champion, nothing was published, or the tracking server does not answer.
    """
    if is_lost():  # asking would make an empty database
        raise HourglassError(f"nothing was published to MLflow from here, so there is no {model}; {ADVICE}")
    if model.startswith(URI):
        return Registered(model, model)
    client = open_client()
    try:
        version = champion.current(client, registered)
    except MlflowException as error:
        raise HourglassError(refusal(error)) from error
    if version is None:
        raise HourglassError(f"{registered} has no champion in MLflow; {ADVICE}")
    variant = version.tags.get(VARIANT, CHAMPION)
    return Registered(f"{URI}{registered}/{version.version}", f"{registered} version {version.version} ({variant})")


def files(model: Registered) -> tuple[Path, str]:
    """The detector's file of a registered model, and its card.

    Raises:
        HourglassError: they are lost, or it is no model of this project.
    """
    open_client()
    try:
        folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=model.address))
        described = Model.load(folder)
    except (MlflowException, OSError) as error:
        raise HourglassError(f"{model.name} cannot be read: {refusal(error)}") from error
    detector = folder / "artifacts" / "detector.safetensors"
    if not detector.is_file():
        raise HourglassError(f"{model.name} holds no detector of this project")
    return detector, str((described.metadata or {}).get("card", ""))


def detector(model: Registered, on: torch.device | str = "cpu") -> tuple[Detector, str]:
    """The detector of a registered model, run by the code of this version on a device, and its card.

    Raises:
        HourglassError: as of `files`, or it is damaged or of another version.
    """
    file, text = files(model)
    try:
        return load_detector(file, on), text
    except HourglassError as error:
        reason = str(error).removeprefix(f"{file} ").partition("; run")[0]
        raise HourglassError(f"{model.name} {reason}; name another model: `--model VARIANT`") from None


def load(model: Registered, on: torch.device | str = "cpu") -> PyFuncModel:
    """The model with the code that it was registered with, computing on a device; nothing is unpickled.

    Raises:
        HourglassError: it cannot be loaded.
    """
    os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
    try:
        return mlflow.pyfunc.load_model(model.address, model_config={"device": str(on)})
    except (MlflowException, OSError) as error:
        raise HourglassError(refusal(error)) from error
    except Exception as error:  # of the code that came with it, whose classes of errors are not ours
        reason = " ".join(str(error).split()).partition("; run")[0]
        raise HourglassError(
            f"{model.name} cannot be loaded: {reason}; run `hourglass publish`, which replaces damaged files, or name "
            "another model: `--model VARIANT`"
        ) from error
