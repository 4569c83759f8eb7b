import json
from pathlib import Path
from typing import Any

import pytest
from mlflow.entities.model_registry import ModelVersion

from hourglass.tracking.card import without_call
from hourglass.tracking.store import connect
from tests.tracking.state import EXPERIMENT, MODEL, client


@pytest.fixture
def version(published: Path) -> ModelVersion:
    """Of `vanilla`, which is the champion too."""
    connect(EXPERIMENT)  # so that MLflow's own functions use it too
    return client().get_model_version_by_alias(MODEL, "vanilla")


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
    for text in (version.description, client().get_registered_model(MODEL).description):
        *lines, last = code(str(text)).strip().splitlines()
        names: dict[str, Any] = {}
        exec("\n".join(lines), names)  # noqa: S102
        found = eval(last.partition("#")[0].strip(), names)  # noqa: S307
        assert list(found.columns) == ["score", "anomaly"]
        assert len(found) == len(names["images"]) == 6


def test_the_logged_model_is_linked_with_its_version(version: ModelVersion) -> None:
    (model,) = client().search_logged_models([connect(EXPERIMENT)[1]], "name = 'vanilla'")
    assert model.name == "vanilla"
    assert model.tags["mlflow.note.content"] == str(version.description).partition("**Promotion.**")[0].strip()
    assert json.loads(model.tags["mlflow.modelVersions"]) == [{"name": MODEL, "version": str(version.version)}]
    assert model.source_run_id == version.run_id
    assert {metric.key for metric in model.metrics or ()} == {"roc_auc", "validation_roc_auc"}
    names = {file.path for file in client().list_logged_model_artifacts(model.model_id)}
    assert {"MLmodel", "input_example.json", "requirements.txt"} <= names


def test_the_registered_model_has_a_description(version: ModelVersion) -> None:
    assert "class 0 (zero) is normal" in str(client().get_registered_model(MODEL).description)


def test_a_card_without_its_call_keeps_the_rest(version: ModelVersion) -> None:
    shorter = without_call(str(version.description))
    assert "mlflow" not in shorter
    assert "```" not in shorter
    for said in ("ROC-AUC 0.900", "**Threshold.**", "**Limits.**", "**Metrics**", "| ROC-AUC |"):
        assert said in shorter
