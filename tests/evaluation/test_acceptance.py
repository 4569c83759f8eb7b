import math
import re
from typing import Any

import pytest

from hourglass.core.errors import SettingsError
from hourglass.core.params import check
from hourglass.evaluation.acceptance import Criterion, figure, judge, read

METRICS: dict[str, dict[str, Any]] = {
    "vae": {
        "evaluate": {"latent_dim": 30, "reconstruction": {"mse": 0.012, "mse_ci": [0.011, 0.013]}},
        "detect": {"roc_auc": 0.91, "by_class": {"T-shirt/top": 0.8}, "missing": None, "name": "vae"},
    },
    "pca": {"evaluate": {"reconstruction": {"mse": math.nan}}, "detect": {"roc_auc": 0.87}},
}


def criterion(metric: str = "detect.roc_auc", variant: str = "vae", **bound: Any) -> Criterion:
    values = {"variant": variant, "metric": metric, "tolerance": 0.01, **(bound or {"min": 0.5})}
    return check("accept.it", values, Criterion)


@pytest.mark.parametrize(
    ("bound", "value", "passed"),
    [
        ({"min": 0.85}, 0.86, True),
        ({"min": 0.85}, 0.85, True),
        ({"min": 0.85}, 0.8499, False),
        ({"min": 0.85}, math.nan, False),
        ({"min": 0.0}, -0.1, False),
        ({"max": 0.01}, 0.009, True),
        ({"max": 0.01}, 0.01, True),
        ({"max": 0.01}, 0.0101, False),
        ({"max": 0.01}, math.nan, False),
        ({"max": 0.0}, 0.0, True),
        ({"max": 0.0}, 0.1, False),
        ({"max": -1.0}, -0.5, False),
    ],
)
def test_a_bound_includes_itself_and_a_nan_never_passes(bound: dict[str, Any], value: float, passed: bool) -> None:
    assert criterion(**bound).passed(value) is passed


@pytest.mark.parametrize(("bound", "sign"), [({"min": 0.5}, 1), ({"max": 0.5}, -1)])
def test_a_fall_is_a_change_away_from_the_good_side(bound: dict[str, Any], sign: int) -> None:
    it = criterion(**bound)
    assert it.fall(old=0.90, new=0.88) == pytest.approx(0.02 * sign)
    assert it.fall(old=0.88, new=0.90) == pytest.approx(-0.02 * sign)
    assert it.fall(old=0.9, new=0.9) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"min": 0.1, "max": 0.2}, "accept.it: value error, give either `min` or `max`"),
        ({"min": None}, "accept.it: value error, give either `min` or `max`"),
        ({"tolerance": -0.1}, "accept.it.tolerance: input should be greater than or equal to 0"),
        ({"tolerance": None}, "accept.it.tolerance: input should be a valid number"),
        ({"min": "0.85"}, "accept.it.min: input should be a valid number"),
        ({"metrik": "x"}, "accept.it.metrik: unknown setting; did you mean metric?"),
    ],
)
def test_a_criterion_that_says_too_little_or_too_much_is_refused(changes: dict[str, Any], message: str) -> None:
    values = {"variant": "vae", "metric": "detect.roc_auc", "min": 0.85, "tolerance": 0.01, **changes}
    with pytest.raises(SettingsError, match=re.escape(message)):
        check("accept.it", values, Criterion)


def test_tolerance_has_no_default() -> None:
    with pytest.raises(SettingsError, match=r"accept\.it\.tolerance: missing"):
        check("accept.it", {"variant": "vae", "metric": "detect.roc_auc", "min": 0.85}, Criterion)


@pytest.mark.parametrize(
    ("metric", "kind"), [("detect.roc_auc", "detect"), ("evaluate.reconstruction.mse", "evaluate")]
)
def test_the_first_part_of_a_metric_says_which_file_holds_it(metric: str, kind: str) -> None:
    assert criterion(metric).kind == kind


def test_a_figure_stands_at_its_dotted_path() -> None:
    assert figure(METRICS["vae"], "detect.by_class.T-shirt/top") == 0.8
    assert figure(METRICS["vae"], "evaluate.latent_dim") == 30


ABSENT = ["detect.roc", "detect.roc_auc.low", "evaluate.reconstruction.mse_ci"]
ABSENT += ["evaluate.reconstruction.mse_ci.low", "detect.missing", "detect.name", "detect."]


@pytest.mark.parametrize("metric", ABSENT)
def test_a_metric_that_is_no_number_is_refused(metric: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(f"accept.it.metric: vae has no metric {metric!r}")):
        judge([("it", criterion(metric))], METRICS)


@pytest.mark.parametrize("metric", ["roc_auc", "detect", ""])
def test_a_metric_must_say_which_file_it_stands_in(metric: str) -> None:
    with pytest.raises(SettingsError, match=r"accept\.it\.metric: string should match"):
        criterion(metric)


def test_a_variant_that_is_not_there_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"accept\.it\.variant: there is no variant 'vea'"):
        judge([("it", criterion(variant="vea"))], METRICS)


def test_each_criterion_becomes_a_row() -> None:
    found = judge(
        [("good", criterion(min=0.85)), ("bad", criterion("evaluate.reconstruction.mse", max=0.01))],
        METRICS,
    )
    good = {"name": "good", "metric": "detect.roc_auc", "value": 0.91, "bound": "min", "threshold": 0.85}
    bad = {"name": "bad", "metric": "evaluate.reconstruction.mse", "value": 0.012, "bound": "max", "threshold": 0.01}
    rows = [{**good, "variant": "vae", "passed": True}, {**bad, "variant": "vae", "passed": False}]
    assert found == {"passed": False, "criteria": rows}


def test_a_list_of_variants_stands_for_a_criterion_each() -> None:
    values = {"metric": "detect.roc_auc", "min": 0.88, "tolerance": 0.01}
    found = read({"bar": {"variant": ["vae", "pca"], **values}, "one": {"variant": "pca", **values}})
    rows = judge(found, METRICS)["criteria"]
    assert [(row["name"], row["variant"], row["passed"]) for row in rows] == [
        ("bar", "vae", True),
        ("bar", "pca", False),
        ("one", "pca", False),
    ]


@pytest.mark.parametrize(
    "values", [{"variant": ["vae", 3], "metric": "detect.roc_auc", "min": 0, "tolerance": 0}, "high"]
)
def test_criteria_that_are_none_are_refused(values: object) -> None:
    with pytest.raises(SettingsError, match=r"^params\.yaml: accept\.it"):
        read({"it": values})


def test_all_must_pass() -> None:
    passing = [("a", criterion(min=0.9)), ("b", criterion(variant="pca", min=0.87))]
    assert judge(passing, METRICS)["passed"] is True
    assert judge([*passing, ("c", criterion(min=0.92))], METRICS)["passed"] is False
    not_a_number = criterion("evaluate.reconstruction.mse", "pca", max=1.0)
    assert judge([*passing, ("c", not_a_number)], METRICS)["passed"] is False
