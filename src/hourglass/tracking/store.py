"""Where MLflow keeps its records."""

import errno
import logging
import os
import socket
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import mlflow
from mlflow.entities import Experiment
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from sqlalchemy.exc import SQLAlchemyError

from hourglass.core.errors import HourglassError
from hourglass.tracking.address import address, default, root, shown
from hourglass.tracking.database import make_if_missing, require_usable

SECONDS_TO_ANSWER = 5
LONGEST = 500
# What SQLite and the operating system say of a full disk.
FULL = ("disk is full", os.strerror(errno.ENOSPC))
# What a server with users says, and what to do.
DENIED = {
    "UNAUTHENTICATED": (
        "user name or password is wrong or missing; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
    ),
    "PERMISSION_DENIED": "this user may not do that; ask who runs the server for the permission",
}
DEFAULT_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}
# A job that is itself a run of MLflow's has these set; the client would then write into that run.
FOREIGN = ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME")


def open_client() -> MlflowClient:
    """A client for `address()`.

    Raises:
        HourglassError: the server does not answer, a database driver is missing, or the database is damaged or locked;
            names the address.
    """
    uri = address()
    require_answer(uri)
    require_usable(uri)
    for name in FOREIGN:
        os.environ.pop(name, None)
    os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"  # the address may hold a password
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)  # 80 lines on each error that it raises
    try:
        make_if_missing(uri)
        mlflow.set_tracking_uri(uri)
        return MlflowClient(uri)
    except ImportError as error:
        raise HourglassError(f"MLflow at {shown(uri)} needs a database driver ({error}); install it") from error
    except MlflowException as error:
        raise HourglassError(refusal(error)) from error
    except SQLAlchemyError as error:  # of tables that were left half made
        raise HourglassError(
            f"{refusal(error)}; if nobody else uses it, delete it and run `hourglass publish`"
        ) from error


def connect(name: str) -> tuple[MlflowClient, str]:
    """A client for `address()`, and the id of the experiment `name` there, made if missing.

    Raises:
        HourglassError: as `open_client` does.
    """
    client = open_client()
    try:
        experiment = client.get_experiment_by_name(name)
        if experiment and _misplaced(experiment):
            # The checkout was moved or its artifacts deleted: MLflow stores absolute paths, so start afresh beside it.
            client.rename_experiment(experiment.experiment_id, f"{name} (artifacts lost, {experiment.experiment_id})")
            client.delete_experiment(experiment.experiment_id)
            experiment = None
        if not experiment:
            return client, _create(client, name)
        if experiment.lifecycle_stage == "deleted":
            client.restore_experiment(experiment.experiment_id)
        return client, experiment.experiment_id
    except MlflowException as error:
        raise HourglassError(refusal(error)) from error


def refusal(error: Exception) -> str:
    """One line for what MLflow said, without a password and without pages of SQL."""
    if denied := DENIED.get(getattr(error, "error_code", "")):
        return f"MLflow at {shown(address())} refused: {denied}"
    message = " ".join(str(error).replace(address(), shown(address())).split()).partition(" [SQL: ")[0]
    cut = f"{message[:LONGEST]}..." if len(message) > LONGEST else message
    advice = "; free space on that disk" if any(sign in message for sign in FULL) else ""
    return f"MLflow at {shown(address())} refused: {cut}{advice}"


def _artifacts() -> Path:
    """Where a database of this machine's keeps its artifacts."""
    return root() / "mlartifacts"


def _misplaced(experiment: Experiment) -> bool:
    """Whether the experiment's artifacts are lost, or lie in another checkout."""
    location = experiment.artifact_location
    if address() == default() and location != _artifacts().as_uri():
        return True
    parts = urlsplit(location)
    return parts.scheme == "file" and not Path(url2pathname(parts.path)).is_dir()


def _create(client: MlflowClient, name: str) -> str:
    location = None
    if address().startswith("sqlite:"):
        _artifacts().mkdir(exist_ok=True)
        location = _artifacts().as_uri()
    # The tag makes the UI open on runs and charts instead of its pages for language models.
    tags = {"mlflow.experimentKind": "custom_model_development"}
    try:
        return client.create_experiment(name, artifact_location=location, tags=tags)
    except MlflowException as error:
        made = client.get_experiment_by_name(name)
        if error.error_code != "RESOURCE_ALREADY_EXISTS" or made is None:
            raise
        return str(made.experiment_id)  # by another machine, meanwhile


def require_answer(uri: str) -> None:
    """MLflow itself retries for minutes before it says that nobody is there."""
    parts = urlsplit(uri)
    if not parts.hostname:
        return
    port = parts.port or DEFAULT_PORTS.get(parts.scheme.partition("+")[0], 443)
    try:
        socket.create_connection((parts.hostname, port), timeout=SECONDS_TO_ANSWER).close()
    except OSError as error:
        raise HourglassError(
            f"MLflow at {shown(uri)} does not answer ({error}); all other results stand. "
            "Start the server or change MLFLOW_TRACKING_URI, then run `hourglass publish`"
        ) from error
