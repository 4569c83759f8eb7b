"""What MLflow shows, and results as a retraining would leave them."""

import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run, ViewType
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from hourglass.core import layout
from hourglass.core.files import read_json, write_csv, write_json
from hourglass.tracking.address import address
from hourglass.tracking.contents import Contents
from hourglass.tracking.tags import CURRENT, KEY

# Of the repository in conftest.py.
EXPERIMENT, MODEL = "hourglass-digits-0", "hourglass-detector-digits-0"
LABELS = np.arange(60) % 2
CLASSES = np.where(LABELS == 1, 1.0, 0.0)
NOISE = np.random.default_rng(1).normal(size=60)


@contextmanager
def copied(template: Path, empty_database: Path, folder: Path) -> Iterator[Path]:
    """Work in a copy of `template` in `folder`, with the empty database beside it that it is published into."""
    shutil.copytree(template, folder / "repository")
    database = Path(shutil.copy(empty_database, folder / "tracking.db"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder / "repository")
        patch.setenv("DVC_ROOT", str(folder / "repository"))
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{database}")
        patch.setattr(sys, "path", list(sys.path))  # a model that is loaded puts its own code first
        yield database


def client() -> MlflowClient:
    return MlflowClient(address())


def live_runs(experiment: str = EXPERIMENT) -> list[Run]:
    """The runs that hold a variant's results."""
    present = client().get_experiment_by_name(experiment)
    return [run for run in client().search_runs([present.experiment_id]) if KEY in run.data.tags] if present else []


def current() -> dict[str, Run]:
    """Variant -> the run that shows it."""
    runs = [run for run in live_runs() if run.data.tags[CURRENT] == "true"]
    assert len(runs) == len({run.info.run_name for run in runs})
    return {str(run.info.run_name): run for run in runs}


def versions(model: str = MODEL) -> list[ModelVersion]:
    return list(client().search_model_versions(f"name = '{model}'"))


def numbers(model: str = MODEL) -> dict[str, str]:
    """Alias -> number of its version."""
    try:
        return {alias: str(number) for alias, number in client().get_registered_model(model).aliases.items()}
    except MlflowException:
        return {}


def aliases(model: str = MODEL) -> dict[str, str]:
    """Alias -> the variant its version scores with."""
    return {
        alias: client().get_model_version(model, number).tags["variant"] for alias, number in numbers(model).items()
    }


def champion() -> ModelVersion:
    return client().get_model_version_by_alias(MODEL, "champion")


def everything() -> list[Any]:
    """All that MLflow shows, deleted things included."""
    experiments = client().search_experiments(view_type=ViewType.ALL)
    ids = [experiment.experiment_id for experiment in experiments]
    registered = [dict(found) | {"latest_versions": None} for found in client().search_registered_models()]
    return [
        [dict(experiment) for experiment in experiments],
        [run.to_dictionary() for run in client().search_runs(ids, run_view_type=ViewType.ALL)],
        [model.to_dictionary() for model in client().search_logged_models(ids)],
        [dict(version) for version in client().search_model_versions()],
        registered,
    ]


def scores(quality: float) -> NDArray[np.float64]:
    """Scores of the validation images whose classes lie `quality` standard deviations apart."""
    return NOISE + quality * CLASSES


def retrain(variant: str, quality: float) -> None:
    """Leave results of `variant` on disk that tell normal validation images from others by `scores(quality)`."""
    found = float(roc_auc_score(LABELS, scores(quality)))
    detection, summary = read_json(layout.metrics("detect", variant)), read_json(layout.SUMMARY)
    detection["validation"] = {"roc_auc": found, "roc_auc_ci": [found, found], "quality": quality}
    summary[variant]["validation_roc_auc"] = found
    write_json(layout.metrics("detect", variant), detection)
    write_json(layout.SUMMARY, summary)
    rows = zip(["validation"] * 60, LABELS, map(float, scores(quality)), strict=True)
    write_csv(layout.scores(variant), ("split", "class", "score"), rows)


def served_scores(model: str, images: Path, uri: str) -> NDArray[np.float64]:
    """In place of `rescore.scores`: what `retrain` left when the version was published."""
    name, number = model.removeprefix("models:/").split("/")
    run = client().get_model_version(name, number).run_id
    measured = read_json(Path(client().download_artifacts(str(run), "metrics.json")))
    return scores(measured["detect"]["validation"]["quality"])


def save_no_code(
    client: MlflowClient, logged: str, run: str, content: Contents, example: NDArray[np.uint8], text: str
) -> None:
    """In place of `logged_model.save`, which takes seconds: the detector's file, and no code to load it."""
    client.log_model_artifact(logged, str(content.weights["detector"]))
    client.finalize_logged_model(logged, "READY")


def accept(variant: str, passed: bool) -> None:
    """Leave a verdict on `variant` on disk."""
    content = read_json(layout.ACCEPTANCE)
    for row in content["criteria"]:
        row["passed"] = passed if row["variant"] == variant else row["passed"]
    write_json(layout.ACCEPTANCE, content)


def in_child(function: Callable[[], object]) -> int | None:
    """Run in a process of its own, which shares no database connection; return its exit status."""
    child = multiprocessing.get_context("fork").Process(target=function)
    child.start()
    child.join(120)
    status = child.exitcode
    child.kill()
    return status


def die(*_: object, **__: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def refuse(*_: object, **__: object) -> NoReturn:
    raise MlflowException("the server is gone")
