"""Where MLflow keeps its records."""

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from hourglass.core.errors import HourglassError

EXPERIMENT = "hourglass"
SECONDS_TO_ANSWER = 5
DEFAULT_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}


def root() -> Path:
    """The repository: the one DVC runs for (also from a temporary copy of it), else the one this file lies in."""
    return Path(os.environ.get("DVC_ROOT") or Path(__file__).parents[3]).resolve()


def address() -> str:
    """MLFLOW_TRACKING_URI, or by default an SQLite file at the repository's root."""
    return os.environ.get("MLFLOW_TRACKING_URI") or _default()


def _default() -> str:
    return f"sqlite:///{root() / 'mlflow.db'}"


def connect() -> tuple[MlflowClient, str]:
    """A client for `address()`, and the id of the experiment there, made if missing.

    Raises:
        HourglassError: the server does not answer; names its address.
    """
    uri = address()
    _require_answer(uri)
    mlflow.set_tracking_uri(uri)
    try:
        client = MlflowClient(uri)
        experiment = client.get_experiment_by_name(EXPERIMENT)
        place = root() / "mlartifacts"
        elsewhere = uri == _default() and experiment and experiment.artifact_location != place.as_uri()
        if experiment and (elsewhere or _artifacts_lost(experiment.artifact_location)):
            # The checkout was moved or its artifacts deleted: MLflow stores absolute paths, so start afresh beside it.
            client.rename_experiment(
                experiment.experiment_id, f"{EXPERIMENT} (artifacts lost, {experiment.experiment_id})"
            )
            client.delete_experiment(experiment.experiment_id)
            experiment = None
        if experiment:
            if experiment.lifecycle_stage == "deleted":
                client.restore_experiment(experiment.experiment_id)
            return client, experiment.experiment_id
        local = uri.startswith("sqlite:")
        if local:
            place.mkdir(exist_ok=True)
        # The tag makes the UI open on runs and charts instead of its pages for language models.
        tags = {"mlflow.experimentKind": "custom_model_development"}
        location = place.as_uri() if local else None
        return client, client.create_experiment(EXPERIMENT, artifact_location=location, tags=tags)
    except ImportError as error:
        raise HourglassError(f"MLflow at {_shown(uri)} needs a database driver ({error}); install it") from error
    except MlflowException as error:
        raise HourglassError(refusal(error)) from error


def refusal(error: Exception) -> str:
    """One line for what MLflow said, without a password."""
    message = str(error).replace(address(), _shown(address()))
    return f"MLflow at {_shown(address())} refused: {' '.join(message.split())}"


def _artifacts_lost(location: str) -> bool:
    parts = urlsplit(location)
    return parts.scheme == "file" and not Path(url2pathname(parts.path)).is_dir()


def _require_answer(uri: str) -> None:
    """MLflow itself retries for minutes before it says that nobody is there."""
    parts = urlsplit(uri)
    if not parts.hostname:
        return
    port = parts.port or DEFAULT_PORTS.get(parts.scheme.partition("+")[0], 443)
    try:
        socket.create_connection((parts.hostname, port), timeout=SECONDS_TO_ANSWER).close()
    except OSError as error:
        raise HourglassError(
            f"MLflow at {_shown(uri)} does not answer ({error}); all other results stand. "
            "Start the server or change MLFLOW_TRACKING_URI, then run `hourglass publish`"
        ) from error


def _shown(uri: str) -> str:
    """`uri` without a password."""
    parts = urlsplit(uri)
    return uri.replace(f":{parts.password}@", ":***@") if parts.password else uri
