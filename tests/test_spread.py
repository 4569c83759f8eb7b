"""Spread of metrics over trainings."""

from math import sqrt
from pathlib import Path

import pytest

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json
from hourglass.core.metrics import Metrics
from hourglass.spread import Spread

METRIC = "detect.roc_auc"


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    steady, moving = [0.9, 0.9, 0.9], [0.90, 0.91, 0.92]  # standard deviations 0 and 0.01
    metrics = {"steady": {METRIC: steady}, "moving": {METRIC: moving}, "other": {"evaluate.ssim": [0.1, 0.2, 0.3]}}
    write_json(layout.SPREAD, {"dataset": "fashion_mnist", "normal": [0], "metrics": metrics})


@pytest.mark.usefixtures("measured")
def test_deviation_is_that_of_a_sample() -> None:
    spread = Spread.read("fashion_mnist", [0])
    assert spread.deviation("moving", METRIC) == pytest.approx(0.01)
    assert spread.deviation("steady", METRIC) == 0
    assert spread.deviation("other", METRIC) is None
    assert spread.deviation("unknown", METRIC) is None


@pytest.mark.usefixtures("measured")
def test_tolerance_is_three_deviations_of_a_difference() -> None:
    assert Spread.read("fashion_mnist", [0]).tolerance("moving", METRIC) == pytest.approx(3 * sqrt(2) * 0.01)


@pytest.mark.usefixtures("measured")
def test_a_steady_variant_gets_the_tolerance_of_all() -> None:
    pooled = sqrt((0.01**2 + 0) / 2)
    assert Spread.read("fashion_mnist", [0]).tolerance("steady", METRIC) == pytest.approx(3 * sqrt(2) * pooled)


@pytest.mark.usefixtures("measured")
def test_deviations_stand_beside_the_metrics_there_are() -> None:
    metrics = Metrics({"detect": {"roc_auc": 0.9}, "evaluate": {"mse": 0.1}})
    found = Spread.read("fashion_mnist", [0]).beside("moving", metrics)
    assert found.number("detect.roc_auc_std") == pytest.approx(0.01)
    assert dict(found.numbers()).keys() == {"detect.roc_auc", "detect.roc_auc_std", "evaluate.mse"}
    assert "detect.roc_auc_std" not in metrics


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("data", [("mnist", [0]), ("fashion_mnist", [1]), ("fashion_mnist", [0, 1])])
def test_other_data_have_no_spread(data: tuple[str, list[int]]) -> None:
    assert Spread.read(*data) == Spread()
    assert Spread.read(*data).tolerance("moving", METRIC) == 0


def test_without_a_measurement_there_is_no_spread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Spread.read("fashion_mnist", [0]).deviation("moving", METRIC) is None


@pytest.mark.parametrize("content", [[], None, {}, {"dataset": "digits", "normal": [0], "metrics": {"pca": 5}}])
def test_a_file_of_nonsense_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: object) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(layout.SPREAD, content)
    with pytest.raises(HourglassError, match=f"^{layout.SPREAD} holds no metrics of several trainings"):
        Spread.read("digits", [0])
