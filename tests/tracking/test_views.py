import base64
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from hourglass.summary import HEADLINES
from hourglass.tracking import views
from hourglass.tracking.store import connect
from tests.tracking.state import client

METRICS = {*HEADLINES, "train_seconds", "peak_memory_mb"}
LOSSES = {
    f"loss_{images}/{which}" for images in ("all_classes", "normal_class") for which in ("training", "validation")
}


@pytest.fixture
def experiment(database: Path) -> str:
    return connect("hourglass")[1]


def state(experiment: str) -> dict[str, Any]:
    """The saved view as MLflow's page reads it."""
    saved = json.loads(client().get_experiment(experiment).tags["mlflow.sharedViewState.current"])
    assert isinstance(saved["createdAt"], int)
    head, _, body = saved["state"].partition(";")
    assert (saved["name"], head) == ("Current results", "deflate")
    return dict(json.loads(zlib.decompress(base64.b64decode(body))))


def test_the_view_shows_current_runs_by_roc_auc(experiment: str) -> None:
    views.prepare(client(), experiment)
    found = state(experiment)
    assert found["searchFilter"] == "tags.`hourglass.current` = 'true'"
    assert (found["orderByKey"], found["orderByAsc"]) == ("metrics.`roc_auc`", False)


def test_columns_and_charts_are_of_metrics_that_exist(experiment: str) -> None:
    views.prepare(client(), experiment)
    found = state(experiment)
    columns = [column.split("`")[1] for column in found["selectedColumns"] if column.startswith("metrics.")]
    assert columns[0] == "roc_auc"
    assert set(columns) <= METRICS
    charts = found["compareRunCharts"]
    single = [chart["metricKey"] for chart in charts if chart["type"] != "SCATTER"]
    assert sorted(single) == sorted(METRICS | LOSSES)
    assert {
        chart[axis]["key"] for chart in charts if chart["type"] == "SCATTER" for axis in ("xaxis", "yaxis")
    } <= METRICS
    sections = [section["uuid"] for section in found["compareRunSections"]]
    assert {chart["metricSectionId"] for chart in charts} == set(sections)


def test_the_experiment_has_a_description(experiment: str) -> None:
    views.prepare(client(), experiment)
    assert "One run per variant" in client().get_experiment(experiment).tags["mlflow.note.content"]


def test_preparing_again_writes_nothing(experiment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = client()
    views.prepare(ours, experiment)
    monkeypatch.setattr(type(ours), "set_experiment_tag", lambda *_: pytest.fail("wrote"))
    views.prepare(ours, experiment)


def test_a_changed_view_is_replaced(experiment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    views.prepare(client(), experiment)
    monkeypatch.setattr(views, "COLUMNS", {"metrics.`mse`": 90})
    views.prepare(client(), experiment)
    assert state(experiment)["selectedColumns"] == ["metrics.`mse`"]


def test_the_address_opens_the_view() -> None:
    found = views.address("http://127.0.0.1:5000", "7")
    assert found == "http://127.0.0.1:5000/#/experiments/7/runs?workflowType=machine_learning&viewStateShareKey=current"
