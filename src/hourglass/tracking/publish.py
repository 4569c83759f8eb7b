"""Make MLflow agree with the results on disk. Running it twice changes nothing; running it late loses nothing.

MLflow is a projection of DVC's outputs, written in one place after all stages: a stage that DVC restores
from its cache runs no command, so whatever it would have logged is lost. Each variant's run carries a
content key as a tag. A finished run with the right key is left alone; a half-written one is replaced.
"""

import hashlib
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
import mlflow.pyfunc
import numpy as np
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.entities import Metric, Param, Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.tracking import MlflowClient
from mlflow.types import ColSpec, DataType, Schema, TensorSpec
from numpy.typing import NDArray

from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.tracking.contents import PACKAGE, SHIPPED, Contents
from hourglass.tracking.store import connect, refusal, root

MODEL = "hourglass-detector"
CHAMPION = "champion"
KEY, CURRENT = "hourglass.key", "hourglass.current"
# What the served model imports.
REQUIREMENTS = ("mlflow", "numpy", "pandas", "pydantic", "ruamel.yaml", "safetensors", "torch")


@dataclass(frozen=True)
class Dataset:
    """The training images, for MLflow's records.

    digest: SHA-256 of all pixels, in hexadecimal.
    example: two images (2, C, H, W) uint8, the models' input example.
    """

    name: str
    digest: str
    example: NDArray[np.uint8]

    @classmethod
    def of(cls, name: str, images: ImageSet) -> "Dataset":
        """What is recorded of `images`."""
        digest = hashlib.sha256()
        for rows in images.slices():
            digest.update(images[rows].tobytes())
        return cls(name, digest.hexdigest(), images[slice(2)])


def publish(contents: Sequence[Contents], dataset: Dataset) -> dict[str, str]:
    """Publish every variant; move the aliases; mark which runs belong to the results on disk.

    Args:
        contents: of every variant in params.yaml.

    Returns:
        variant -> content key.

    Raises:
        HourglassError: the tracking server does not answer, or stopped answering on the way.
    """
    try:
        return _publish(contents, dataset)
    except MlflowException as error:
        raise HourglassError(f"{refusal(error)}; run `hourglass publish` to finish") from error


def _publish(contents: Sequence[Contents], dataset: Dataset) -> dict[str, str]:
    client, experiment = connect()
    keys = {content.variant: content.key() for content in contents}
    found = _remove_broken(client, experiment)
    for content in contents:
        if keys[content.variant] not in found:
            print(f"publishing {content.variant}", flush=True)
            _log(client, experiment, content, keys[content.variant], dataset)
    runs = {run.data.tags[KEY]: run for run in _ours(client, experiment)}
    for key, run in runs.items():
        current = str(key in keys.values()).lower()
        if run.data.tags.get(CURRENT) != current:
            client.set_tag(run.info.run_id, CURRENT, current)
    _move_aliases(client, contents, {variant: runs[key].info.run_id for variant, key in keys.items()})
    return keys


def _ours(client: MlflowClient, experiment: str) -> list[Run]:
    return list(client.search_runs([experiment], f"tags.`{KEY}` != ''", max_results=5000))


def _versions(client: MlflowClient) -> list[ModelVersion]:
    return [found for found in client.search_model_versions(f"name = '{MODEL}'") if KEY in found.tags]


def _remove_broken(client: MlflowClient, experiment: str) -> set[str]:
    """Remove runs that are half-written or have lost their model or artifacts, and versions without a run.

    Returns:
        the keys of the runs that stay.
    """
    registered = {found.run_id for found in _versions(client)}
    whole: dict[str, str] = {}
    for run in _ours(client, experiment):
        name, tags = run.info.run_id, run.data.tags
        accepted = tags["hourglass.accepted"] == "true"
        if (
            run.info.status == "FINISHED"
            and (name in registered or not accepted)
            and client.list_artifacts(name, "weights")
        ):
            whole[name] = tags[KEY]
            continue
        for model in client.search_logged_models([experiment], f"source_run_id = '{name}'"):
            client.delete_logged_model(model.model_id)
        client.delete_run(name)
    for found in _versions(client):
        if found.run_id not in whole:
            client.delete_model_version(found.name, found.version)
    return set(whole.values())


def _log(client: MlflowClient, experiment: str, content: Contents, key: str, dataset: Dataset) -> None:
    tags = {KEY: key, "hourglass.accepted": str(content.passed).lower(), **_commit()}
    # The run counts as finished only when this block ends, with its model registered.
    with mlflow.start_run(experiment_id=experiment, run_name=content.variant, tags=tags) as run:
        images = MetaDataset(CodeDatasetSource({}), name=dataset.name, digest=dataset.digest[:32])  # type: ignore[abstract]
        mlflow.log_input(images, "training")
        now = int(time.time() * 1000)
        metrics = [Metric(name, value, now, 0) for name, value in content.metrics.items()]
        for name, points in content.curves.items():
            metrics += [Metric(name, value, now, epoch) for epoch, value in points]
        parameters = [Param(name, value) for name, value in content.parameters.items()]
        for start in range(0, len(metrics), 500):
            client.log_batch(run.info.run_id, metrics=metrics[start : start + 500])
        client.log_batch(run.info.run_id, params=parameters)
        mlflow.log_artifacts(str(content.figures), "figures")
        for weights in content.weights.values():
            mlflow.log_artifact(str(weights), "weights")
        if content.passed:
            _register(client, content, key, dataset.example)


def _register(client: MlflowClient, content: Contents, key: str, example: NDArray[np.uint8]) -> None:
    with TemporaryDirectory() as folder:
        package = _package(Path(folder))
        logged = mlflow.pyfunc.log_model(
            name="detector",
            python_model=str(PACKAGE / "tracking" / "served.py"),
            artifacts={"detector": str(content.weights["detector"])},
            code_paths=[str(package)],
            signature=_signature(example),
            input_example=example,
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
        )
    try:
        client.create_registered_model(MODEL, description="Anomaly detectors that passed acceptance")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    client.create_model_version(
        MODEL,
        logged.model_uri,
        run_id=logged.run_id,
        model_id=logged.model_id,
        tags={KEY: key, "variant": content.variant},
    )


def _package(folder: Path) -> Path:
    """A copy of the folders that the served model imports from."""
    package = folder / "hourglass"
    for part in (*SHIPPED, "variants"):
        shutil.copytree(PACKAGE / part, package / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PACKAGE / "__init__.py", package)
    return package


def _signature(example: NDArray[np.uint8]) -> ModelSignature:
    inputs = Schema([TensorSpec(np.dtype(np.uint8), (-1, *example.shape[1:]))])
    return ModelSignature(inputs, Schema([ColSpec(DataType.double, "score"), ColSpec(DataType.boolean, "anomaly")]))


def _move_aliases(client: MlflowClient, contents: Sequence[Contents], runs: dict[str, str]) -> None:
    """Each passing variant's alias and the champion's point at its version; aliases of other variants go."""
    passing = [content for content in contents if content.passed]
    versions = {found.run_id: found.version for found in _versions(client)}
    wanted = {content.variant: versions[runs[content.variant]] for content in passing}
    if passing:
        wanted[CHAMPION] = wanted[max(passing, key=lambda content: content.metrics["detect.roc_auc"]).variant]
    try:
        present = client.get_registered_model(MODEL).aliases
    except MlflowException:
        return  # nothing has ever passed
    for alias in present.keys() - wanted.keys():
        client.delete_registered_model_alias(MODEL, alias)
    for alias, number in wanted.items():
        if str(present.get(alias)) != str(number):
            client.set_registered_model_alias(MODEL, alias, number)


def _commit() -> dict[str, str]:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root(), capture_output=True, text=True, check=False)
    return {"mlflow.source.git.commit": done.stdout.strip()} if done.returncode == 0 else {}
