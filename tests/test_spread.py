"""Spread of metrics over trainings."""

from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json
from hourglass.core.metrics import Metrics
from hourglass.spread import Spread, Trained, written

METRIC = "detect.roc_auc"
SETTINGS = {"steady": "s", "moving": "m", "other": "o"}


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    steady, moving = [0.9, 0.9, 0.9], [0.90, 0.91, 0.92]  # standard deviations 0 and 0.01
    metrics = {"steady": {METRIC: steady}, "moving": {METRIC: moving}, "other": {"evaluate.ssim": [0.1, 0.2, 0.3]}}
    write_json(layout.SPREAD, {"dataset": "fashion_mnist", "normal": [0], "settings": SETTINGS, "metrics": metrics})


def read() -> Spread:
    return Spread.read("fashion_mnist", [0], SETTINGS)


@pytest.mark.usefixtures("measured")
def test_deviation_is_that_of_a_sample() -> None:
    spread = read()
    assert spread.deviation("moving", METRIC) == pytest.approx(0.01)
    assert spread.deviation("steady", METRIC) == 0
    assert spread.deviation("other", METRIC) is None
    assert spread.deviation("unknown", METRIC) is None


@pytest.mark.usefixtures("measured")
def test_tolerance_is_three_deviations_of_a_difference() -> None:
    assert read().tolerance("moving", METRIC) == pytest.approx(3 * sqrt(2) * 0.01)


@pytest.mark.usefixtures("measured")
def test_a_steady_variant_gets_the_tolerance_of_the_usual_one() -> None:
    """The median of variances, over the share of a variance that the median of three trainings' is."""
    usual = sqrt((0.01**2 + 0) / 2 / 0.7023)
    assert read().tolerance("steady", METRIC) == pytest.approx(3 * sqrt(2) * usual, rel=1e-3)
    assert read().tolerance("unknown", METRIC) == 0


def test_one_unstable_variant_does_not_loosen_the_others() -> None:
    calm = {f"calm_{number}": {METRIC: [0.899, 0.900, 0.901]} for number in range(5)}
    unstable = Spread({**calm, "unstable": {METRIC: [0.5, 0.7, 0.9]}})
    assert unstable.tolerance("calm_0", METRIC) == pytest.approx(Spread(calm).tolerance("calm_0", METRIC))
    assert unstable.tolerance("unstable", METRIC) == pytest.approx(3 * sqrt(2) * 0.2)


@pytest.mark.parametrize(("count", "excused"), [(9, 0.001), (10, 0.01)])
def test_the_usual_deviation_of_few_variants_excuses_none(count: int, excused: float) -> None:
    """A steady variant among moving ones: by its own deviation, or by the usual one of ten or more."""
    moving = {f"moving_{number}": {METRIC: [0.89, 0.90, 0.91]} for number in range(count - 1)}
    spread = Spread({**moving, "steady": {METRIC: [0.899, 0.900, 0.901]}})
    usual = excused if count < 10 else excused / sqrt(0.7023)
    assert spread.excused("steady", METRIC) == pytest.approx(3 * sqrt(2) * usual, rel=1e-3)
    assert spread.excused("unknown", METRIC) == 0


def test_trainings_that_differ_alike_have_their_deviation() -> None:
    """Of 400 variants with three trainings each, drawn with a standard deviation of 1."""
    draws = np.random.default_rng(1).normal(size=(400, 3))
    values = {str(number): {METRIC: [float(one) for one in three]} for number, three in enumerate(draws)}
    found = Spread({**values, "steady": {METRIC: [0.0, 0.0, 0.0]}}).at_least("steady", METRIC)
    assert found == pytest.approx(1, abs=0.1)


@pytest.mark.usefixtures("measured")
def test_a_variant_that_is_trained_otherwise_has_no_spread() -> None:
    found = Spread.read("fashion_mnist", [0], SETTINGS | {"moving": "changed"})
    assert found.deviation("moving", METRIC) is None
    assert found.tolerance("moving", METRIC) == 0
    assert found.deviation("steady", METRIC) == 0


@pytest.mark.parametrize(
    ("section", "changed"),
    [
        ("train", {"one", "two"}),
        ("train_normal", {"one", "two"}),
        ("variants", {"one"}),
    ],
)
def test_a_digest_is_of_what_a_variant_is_trained_with(section: str, changed: set[str]) -> None:
    settings = {"train": {"epochs": 1}, "train_normal": {"epochs": 2}, "variants": {"one": {"a": 1}, "two": {"a": 1}}}
    other = {**settings, section: {"one": {"a": 2}, "two": {"a": 1}} if section == "variants" else {"epochs": 9}}
    before, after = (Trained.model_validate(each).digests() for each in (settings, other))
    assert {name for name in before if before[name] != after[name]} == changed


@pytest.mark.parametrize(
    ("std", "text"), [(0.000194, "0.00019"), (0.01, "0.010"), (12.34, "12"), (0.0, "0"), (1.25, "1.2")]
)
def test_a_deviation_has_two_significant_digits(std: float, text: str) -> None:
    assert written(std) == text


@pytest.mark.usefixtures("measured")
def test_deviations_stand_beside_the_metrics_there_are() -> None:
    metrics = Metrics({"detect": {"roc_auc": 0.9}, "evaluate": {"mse": 0.1}})
    found = read().beside("moving", metrics)
    assert found.number("detect.roc_auc_std") == pytest.approx(0.01)
    beside = {"detect.roc_auc_std", "detect.roc_auc_std_at_least"}
    assert dict(found.numbers()).keys() == {"detect.roc_auc", "evaluate.mse", *beside}
    changed = Spread.read("fashion_mnist", [0], {"moving": "m"}).beside("steady", metrics)
    assert changed.get("detect.roc_auc_std") is None
    assert changed.number("detect.roc_auc_std_at_least") > 0, "of the others"
    assert "detect.roc_auc_std" not in metrics


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("data", [("mnist", [0]), ("fashion_mnist", [1]), ("fashion_mnist", [0, 1])])
def test_other_data_have_no_spread(data: tuple[str, list[int]]) -> None:
    assert Spread.read(*data, SETTINGS) == Spread()
    assert Spread.read(*data, SETTINGS).tolerance("moving", METRIC) == 0


def test_without_a_measurement_there_is_no_spread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read().deviation("moving", METRIC) is None


@pytest.mark.parametrize("content", [[], None, {}, {"dataset": "digits", "normal": [0], "metrics": {"pca": 5}}])
def test_a_file_of_nonsense_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: object) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(layout.SPREAD, content)
    with pytest.raises(HourglassError, match=f"^{layout.SPREAD} holds no metrics of several trainings"):
        Spread.read("digits", [0], {})
