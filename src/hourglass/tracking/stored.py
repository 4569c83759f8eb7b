"""Detectors that MLflow stores, as files; no code that was registered with them is run."""

from pathlib import Path

import mlflow.artifacts
from mlflow.exceptions import MlflowException

from hourglass.core.errors import HourglassError
from hourglass.tracking.champion import CHAMPION, current
from hourglass.tracking.store import open_client, refusal

# Where MLflow puts the file that `logged_model.save` names.
FILE = "artifacts/detector.safetensors"


def champion(model: str) -> str | None:
    """The address of the served version of the registered model called `model`, if there is one.

    Raises:
        HourglassError: the tracking server does not answer, or refuses.
    """
    client = open_client()
    try:
        version = current(client, model)
    except MlflowException as error:
        raise HourglassError(refusal(error)) from error
    return None if version is None else f"models:/{model}@{CHAMPION}"


def detector_file(address: str, folder: Path) -> Path:
    """Copy the detector at `models:/...` into `folder`.

    Raises:
        HourglassError: the tracking server does not answer, or has no detector there.
    """
    open_client()
    try:
        return Path(mlflow.artifacts.download_artifacts(f"{address}/{FILE}", dst_path=str(folder)))
    except (MlflowException, OSError) as error:
        raise HourglassError(f"{address} cannot be read: {refusal(error)}") from error
