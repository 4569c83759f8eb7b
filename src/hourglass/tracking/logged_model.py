"""A variant's detector as MLflow's logged model, and as a version of the registered model."""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow.pyfunc
import numpy as np
import torch
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import Model, ModelSignature
from mlflow.pyfunc import PyFuncModel
from mlflow.tracking import MlflowClient
from mlflow.types import ColSpec, DataType, Schema, TensorSpec
from numpy.typing import NDArray

from hourglass.detection.files import load_detector
from hourglass.tracking import card, source
from hourglass.tracking.contents import PACKAGE, SERVED, SHIPPED, Contents
from hourglass.tracking.dataset import Dataset
from hourglass.tracking.decision import described
from hourglass.tracking.runs import NOTE

# What the served model imports.
REQUIREMENTS = ("mlflow", "numpy", "pandas", "pillow", "pydantic", "ruamel.yaml", "safetensors", "torch")
KIND = "anomaly detector"
# MLflow's page of a logged model reads from this tag which versions it is.
VERSIONS = "mlflow.modelVersions"


def log(
    client: MlflowClient,
    experiment: str,
    content: Contents,
    run: str,
    datasets: Sequence[Dataset],
    model: str,
    tags: Mapping[str, str],
) -> str:
    """Log the detector of `run` as a logged model that has the variant's name.

    Args:
        model: name of the registered model, for its card.

    Returns:
        the id of the logged model.
    """
    text = card.text(content, model, datasets)
    about = {NOTE: text, "dataset": content.dataset, "normal_class": content.normal_class}
    own = {**source.tags(), **about, **tags}
    created = client.create_logged_model(experiment, content.variant, run, own, dict(content.parameters), KIND)
    logged = str(created.model_id)
    save(client, logged, run, content, datasets[0].example, text)
    return logged


def save(client: MlflowClient, logged: str, run: str, content: Contents, example: NDArray[np.uint8], text: str) -> None:
    """Write the files of the logged model with id `logged`: the detector, its code, its card `text`, an example."""
    with TemporaryDirectory() as folder:
        package = _package(Path(folder))
        with _importable(package):
            Model.log(
                None,
                mlflow.pyfunc,
                run_id=run,
                model_id=logged,
                metadata={"card": text},
                python_model=str(package.with_name(SERVED.name)),
                artifacts={"detector": str(content.weights["detector"])},
                model_config={"device": "cpu"},  # what `load_model(..., model_config=...)` may change
                code_paths=[str(package)],
                signature=_signature(example.shape[1:]),
                input_example=example,
                pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
            )


def unlogged(file: Path, on: torch.device) -> PyFuncModel:
    """The model that would be logged of a detector's file, run by the code of this checkout on a device.

    Raises:
        HourglassError: it cannot be read.
    """
    shape = load_detector(file).image_shape
    with TemporaryDirectory() as folder:
        mlflow.pyfunc.save_model(
            folder,
            python_model=str(SERVED),
            artifacts={"detector": str(file)},
            signature=_signature(shape),
            input_example=np.zeros((2, *shape), np.uint8),
            pip_requirements=[],
            model_config={"device": str(on)},
        )
        return mlflow.pyfunc.load_model(folder)


def register(
    client: MlflowClient,
    model: str,
    logged: str,
    content: Contents,
    run: str,
    datasets: Sequence[Dataset],
    tags: Mapping[str, str],
    decisions: Sequence[str] = (),
) -> ModelVersion:
    """Make the logged model with id `logged` a version of the registered model called `model`.

    Args:
        tags: of the version. decisions: the paragraphs of its description after the card.
    """
    try:
        client.create_registered_model(model, description=card.of_registered(content, model, datasets))
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    created = client.create_model_version(
        model,
        f"models:/{logged}",
        run_id=run,
        model_id=logged,
        tags=dict(tags),
        description=described(card.text(content, model, datasets), decisions),
    )
    # A server sets this tag itself, a database does not.
    link = [{"name": model, "version": str(created.version)}]
    client.set_logged_model_tags(logged, {VERSIONS: json.dumps(link)})
    return created


def _package(folder: Path) -> Path:
    """Copies of the folders that the served model imports from, and beside them of the file that defines it.

    The package has a name of its own, from a digest of its code: a process that loads the model can import the
    project's own package too, and models of other versions. Under the project's name, either would hide the other.
    """
    package = folder / "package"
    for part in (*SHIPPED, "variants"):
        shutil.copytree(PACKAGE / part, package / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PACKAGE / "__init__.py", package)
    files = sorted(package.rglob("*.py"))
    digest = hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()
    name = f"{PACKAGE.name}_{digest[:12]}"
    for file in [*files, Path(shutil.copy(SERVED, folder))]:
        # Imports, and names of modules in strings.
        text = re.sub(rf"\b{PACKAGE.name}(?=\.)", name, file.read_text(encoding="utf-8"))
        file.write_text(text, encoding="utf-8")
    return package.rename(folder / name)


@contextmanager
def _importable(package: Path) -> Iterator[None]:
    """Within the block, a package can be imported: MLflow executes the file that defines a model when it logs it."""
    sys.path.insert(0, str(package.parent))
    try:
        yield
    finally:
        sys.path.remove(str(package.parent))
        for name in [name for name in sys.modules if name.partition(".")[0] == package.name]:
            del sys.modules[name]  # its files are about to be deleted


def _signature(shape: Sequence[int]) -> ModelSignature:
    """Of images (N, C, H, W), with `shape` (C, H, W)."""
    inputs = Schema([TensorSpec(np.dtype(np.uint8), (-1, *shape))])
    outputs = Schema([ColSpec(DataType.double, "score"), ColSpec(DataType.boolean, "anomaly")])
    signature = ModelSignature(inputs, outputs)
    # Else MLflow casts what a client sends to uint8, floats in 0..1 to 0, before the model can refuse it.
    signature._is_signature_from_type_hint = True
    return signature
