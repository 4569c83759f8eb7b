import json
from pathlib import Path
from typing import Any

import pytest
from mlflow.entities.model_registry import ModelVersion

from hourglass.core import params
from hourglass.tracking import contents, dataset, logged_model, runs
from hourglass.tracking.store import connect
from tests.tracking.state import EXPERIMENT, MODEL, client


@pytest.fixture
def version(database: Path) -> ModelVersion:
    """Of `vanilla`, which alone is published."""
    ours, experiment = connect(EXPERIMENT)
    content, splits = contents.read("vanilla", params.read(contents.PublishSettings)), dataset.read("digits")
    run = runs.log(ours, experiment, content, {}, "vanilla", splits)
    logged = logged_model.log(ours, experiment, content, run, splits, MODEL, {})
    found = logged_model.register(ours, MODEL, logged, content, run, splits, {"variant": "vanilla"})
    ours.set_registered_model_alias(MODEL, "vanilla", found.version)
    return found


def code(text: str) -> str:
    """What stands between ``` and ```."""
    return text.split("```")[1]


def test_a_card_says_what_the_detector_is(version: ModelVersion) -> None:
    card = str(version.description)
    assert card.startswith("ROC-AUC 0.900. Vanilla autoencoder.")
    for said in (
        "the 20 training images of class 0 (zero) of `digits`",
        "score exceeds 0.4000",
        "false-positive rate of 0.050",
        "the rate is 0.060",
        "weakest at T-shirt/top (ROC-AUC 0.700)",
        "| ROC-AUC, validation images | 0.910 | 0.700 to 0.950 |",
    ):
        assert said in card


def test_the_calls_that_are_shown_work(version: ModelVersion) -> None:
    client().set_registered_model_alias(MODEL, "champion", version.version)
    for text in (version.description, client().get_registered_model(MODEL).description):
        *lines, last = code(str(text)).strip().splitlines()
        names: dict[str, Any] = {}
        exec("\n".join(lines), names)  # noqa: S102
        found = eval(last.partition("#")[0].strip(), names)  # noqa: S307
        assert list(found.columns) == ["score", "anomaly"]
        assert len(found) == len(names["images"]) == 6


def test_the_logged_model_is_linked_with_its_version(version: ModelVersion) -> None:
    (model,) = client().search_logged_models([connect(EXPERIMENT)[1]])
    assert model.name == "vanilla"
    assert model.tags["mlflow.note.content"] == version.description
    assert json.loads(model.tags["mlflow.modelVersions"]) == [{"name": MODEL, "version": str(version.version)}]
    assert model.source_run_id == version.run_id
    assert {metric.key for metric in model.metrics or ()} == {"roc_auc", "validation_roc_auc"}
    names = {file.path for file in client().list_logged_model_artifacts(model.model_id)}
    assert {"MLmodel", "input_example.json", "requirements.txt"} <= names


def test_the_registered_model_has_a_description(version: ModelVersion) -> None:
    assert "class 0 (zero) is normal" in str(client().get_registered_model(MODEL).description)
