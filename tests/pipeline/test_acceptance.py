import math
import re
from typing import Any

import pytest

from hourglass.core.errors import SettingsError
from hourglass.core.metrics import Metrics
from hourglass.core.params import check
from hourglass.pipeline.acceptance import Criterion, Row, evaluate, expand

METRICS = {
    "vae": Metrics(
        {
            "evaluate": {"latent_dim": 30, "reconstruction": {"mse": 0.012, "mse_ci": [0.011, 0.013]}},
            "detect": {"roc_auc": 0.91, "by_class": {"T-shirt/top": 0.8}, "missing": None, "name": "vae"},
        }
    ),
    "pca": Metrics({"evaluate": {"reconstruction": {"mse": math.nan}}, "detect": {"roc_auc": 0.87}}),
}


def criterion(metric: str = "detect.roc_auc", variant: object = "vae", **others: Any) -> Criterion:
    bound = {} if {"min", "max"} & others.keys() else {"min": 0.5}
    values = {"variant": variant, "metric": metric, "tolerance": 0.01, **bound, **others}
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
def test_bound_includes_itself_and_nan_never_passes(bound: dict[str, Any], value: float, passed: bool) -> None:
    assert criterion(**bound).passed(value) is passed


@pytest.mark.parametrize(("bound", "sign"), [({"min": 0.5}, 1), ({"max": 0.5}, -1)])
def test_loss_is_positive_away_from_the_good_side(bound: dict[str, Any], sign: int) -> None:
    it = criterion(**bound)
    assert it.loss(old=0.90, new=0.88) == pytest.approx(0.02 * sign)
    assert it.loss(old=0.88, new=0.90) == pytest.approx(-0.02 * sign)
    assert it.loss(old=0.9, new=0.9) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"min": 0.1, "max": 0.2}, "accept.it: give either `min` or `max`"),
        ({"min": None}, "accept.it: give either `min` or `max`"),
        ({"tolerance": -0.1}, "accept.it.tolerance: input should be greater than or equal to 0"),
        ({"tolerance": None}, "accept.it.tolerance: input should be a valid number"),
        ({"min": "0.85"}, "accept.it.min: input should be a valid number"),
        ({"metrik": "x"}, "accept.it.metrik: unknown setting; did you mean metric?"),
        ({"excpet": ["x"]}, "accept.it.excpet: unknown setting; did you mean except?"),
        ({"variant": 3}, "accept.it.variant: input should be a valid list, got 3"),
        ({"variant": ["vae", 3]}, "accept.it.variant.1: input should be a valid string, got 3"),
        ({"except": "vae"}, "accept.it.except: input should be a valid list, got 'vae'"),
    ],
)
def test_wrong_criterion_is_refused(changes: dict[str, Any], message: str) -> None:
    values = {"variant": "vae", "metric": "detect.roc_auc", "min": 0.85, "tolerance": 0.01, **changes}
    with pytest.raises(SettingsError, match="^" + re.escape(f"params.yaml: {message}")):
        check("accept.it", values, Criterion)


def test_text_is_no_criterion() -> None:
    with pytest.raises(SettingsError, match=r"^params\.yaml: accept\.it"):
        check("accept.it", "high", Criterion)


@pytest.mark.parametrize("name", ["tolerance", "variant", "metric"])
def test_setting_without_default_is_required(name: str) -> None:
    values = {"variant": "vae", "metric": "detect.roc_auc", "min": 0.85, "tolerance": 0.01}
    del values[name]
    with pytest.raises(SettingsError, match=rf"accept\.it\.{name}: missing"):
        check("accept.it", values, Criterion)


@pytest.mark.parametrize(
    ("metric", "kind"), [("detect.roc_auc", "detect"), ("evaluate.reconstruction.mse", "evaluate")]
)
def test_first_part_of_metric_names_its_file(metric: str, kind: str) -> None:
    assert criterion(metric).kind == kind


def test_value_is_looked_up_in_the_metrics_file() -> None:
    assert criterion("detect.by_class.T-shirt/top").value({"by_class": {"T-shirt/top": 0.8}}) == 0.8
    with pytest.raises(KeyError):
        criterion("detect.roc_auc").value({"by_class": {}})


ABSENT = ["detect.roc", "detect.roc_auc.low", "evaluate.reconstruction.mse_ci"]
ABSENT += ["evaluate.reconstruction.mse_ci.low", "detect.missing", "detect.name", "detect."]


def test_misspelt_metric_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"vae has no metric 'detect.roc_acu'; did you mean detect.roc_auc\?$"):
        evaluate({"it": criterion("detect.roc_acu")}, METRICS)


@pytest.mark.parametrize("metric", ABSENT)
def test_metric_that_is_no_number_is_refused(metric: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(f"accept.it.metric: vae has no metric {metric!r}")):
        evaluate({"it": criterion(metric)}, METRICS)


@pytest.mark.parametrize("metric", ["roc_auc", "detect", ""])
def test_metric_must_name_its_file(metric: str) -> None:
    with pytest.raises(SettingsError, match=r"accept\.it\.metric: string should match"):
        criterion(metric)


@pytest.mark.parametrize(("key", "values"), [("variant", {}), ("except", {"variant": "all", "except": ["vea"]})])
def test_unknown_variant_is_refused_with_the_nearest_name(key: str, values: dict[str, Any]) -> None:
    it = criterion(**({"variant": "vea"} | values))
    with pytest.raises(SettingsError, match=rf"accept\.it\.{key}: no variant 'vea'; did you mean vae\?"):
        expand({"it": it}, METRICS)


def test_criterion_for_no_variant_is_refused() -> None:
    chosen: dict[str, Any] = {"variant": "all", "except": ["vae", "pca"]}
    it = criterion(**chosen)
    with pytest.raises(SettingsError, match=r"accept\.it: it is for no variant"):
        expand({"it": it}, METRICS)


def test_each_criterion_becomes_a_row() -> None:
    criteria = {"good": criterion(min=0.85), "bad": criterion("evaluate.reconstruction.mse", max=0.01)}
    assert evaluate(criteria, METRICS) == [
        Row("good", "vae", "detect.roc_auc", 0.91, "min", 0.85, True),
        Row("bad", "vae", "evaluate.reconstruction.mse", 0.012, "max", 0.01, False),
    ]


def test_row_reads_as_a_line() -> None:
    row = Row("good", "vae", "detect.roc_auc", 0.91, "min", 0.85, True)
    assert str(row) == "good: vae detect.roc_auc is 0.9100, must be at least 0.85"


@pytest.mark.parametrize(
    ("chosen", "covered"),
    [
        ({"variant": "pca"}, ["pca"]),
        ({"variant": ["pca", "vae"]}, ["pca", "vae"]),
        ({"variant": "all"}, ["vae", "pca"]),
        ({"variant": "all", "except": ["vae"]}, ["pca"]),
    ],
)
def test_criterion_covers_the_variants_it_names(chosen: dict[str, Any], covered: list[str]) -> None:
    found = expand({"bar": criterion(**chosen), "one": criterion(variant="pca")}, METRICS)
    assert [(name, variant) for name, variant, _ in found] == [*(("bar", name) for name in covered), ("one", "pca")]


def test_all_covers_a_variant_that_is_added_later() -> None:
    added = {**METRICS, "new": Metrics({"detect": {"roc_auc": 0.4}})}
    rows = evaluate({"bar": criterion(variant="all")}, added)
    assert [(row.variant, row.passed) for row in rows] == [("vae", True), ("pca", True), ("new", False)]
