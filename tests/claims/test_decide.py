"""Verdicts follow from the metrics on disk; what is missing is no error."""

from pathlib import Path
from typing import Any

import pytest

from hourglass.claims.decide import counts, decide, verdict_of
from hourglass.claims.ledger import Claim, Ledger, Outcome, Rule, Source
from hourglass.claims.results import Results
from hourglass.core import layout
from hourglass.core.files import write_json

DEEP, FLAT, REAL = "deep", "flat", "real"
METRICS = {
    DEEP: Source(variant="deep", metric="evaluate.reconstruction.mse"),
    FLAT: Source(variant="flat", metric="evaluate.reconstruction.mse"),
}


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Results:
    """Two variants, a sweep, controls and an experiment that could not be run."""
    monkeypatch.chdir(tmp_path)
    write_variant("deep", 0.1)
    write_variant("flat", 0.3)
    write_json(layout.BOTTLENECK_METRICS, {"pca": {"2": {"roc_auc": 0.8, "roc_auc_ci": [0.7, 0.9]}}})
    write_json(layout.REFERENCE_METRICS, {"accuracy": 0.9})
    for control in ("mean_image", "pixels"):
        write_json(layout.metrics("evaluate", control), {"latent_dim": 4})
    write_json(layout.metrics("experiments", "trial"), {"not_measured": "there are too few images"})
    return Results(["deep", "flat"], ["trial"])


def write_variant(name: str, mse: float) -> None:
    evaluate = {"reconstruction": {"mse": mse, "mse_ci": [mse - 0.05, mse + 0.05]}}
    write_json(layout.metrics("evaluate", name), evaluate)
    write_json(layout.metrics("detect", name), {"mean_image": {"roc_auc": 0.7}})


def claim(rules: list[Rule], metrics: dict[str, Source] | None = None, **more: Any) -> Claim:
    found = METRICS if metrics is None else metrics
    return Claim(id="depth", lecture="one", where="Start", claim="Depth pays.", metrics=found, rules=rules, **more)


def verdict(one: Claim, results: Results) -> tuple[str, list[str]]:
    (decision,) = decide(Ledger(lectures={"one": "One"}, claims=[one]), results)
    return decision.verdict, decision.missing


def test_verdict_has_figures_and_comparisons(results: Results) -> None:
    (found,) = decide(Ledger(lectures={"one": "One"}, claims=[claim([Rule(less=[DEEP, FLAT])])]), results)
    assert found.verdict == "holds"
    assert [(one.name, one.of, one.value, one.low, one.high) for one in found.figures] == [
        ("deep", "deep", 0.1, pytest.approx(0.05), pytest.approx(0.15)),
        ("flat", "flat", 0.3, 0.25, 0.35),
    ]
    assert [(one.rule, one.outcome) for one in found.comparisons] == [("deep < flat", "shown")]


def test_changed_result_changes_the_verdict(results: Results) -> None:
    rules = [Rule(less=[DEEP, FLAT])]
    assert verdict(claim(rules), results)[0] == "holds"
    for mse, expected in ((0.28, "not shown"), (0.5, "does not hold here"), (0.1, "holds")):
        write_variant("deep", mse)
        assert verdict(claim(rules), Results(["deep", "flat"], []))[0] == expected


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([Outcome.SHOWN, Outcome.SHOWN], "holds"),
        ([Outcome.SHOWN, Outcome.REFUTED], "holds in part"),
        ([Outcome.SHOWN, Outcome.UNCLEAR], "holds in part"),
        ([Outcome.UNCLEAR], "not shown"),
        ([Outcome.UNCLEAR, Outcome.UNCLEAR], "not shown"),
        ([Outcome.REFUTED], "does not hold here"),
        ([Outcome.REFUTED, Outcome.UNCLEAR], "does not hold here"),
    ],
)
def test_overlapping_intervals_neither_show_nor_refute(outcomes: list[Outcome], expected: str) -> None:
    assert verdict_of(outcomes) == expected


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"variant": "vae", "metric": "evaluate.reconstruction.mse"}, "params.yaml has no variant vae"),
        (
            {"variant": "deep", "metric": "evaluate.reconstruction.mze"},
            "deep has no metric evaluate.reconstruction.mze; did you mean evaluate.reconstruction.mse?",
        ),
        ({"experiment": "trial", "metric": "mse"}, "there are too few images"),
        ({"experiment": "other", "metric": "mse"}, "params.yaml has no experiment other"),
        ({"sweep": "vae", "metric": "2.roc_auc"}, "the sweep has no vae"),
        ({"sweep": "pca", "metric": "8.roc_auc"}, "pca has no metric pca.8.roc_auc; did you mean pca.2.roc_auc?"),
    ],
)
def test_missing_metric_is_a_reason_and_no_error(results: Results, source: dict[str, str], reason: str) -> None:
    one = claim([Rule(less=["x", 1])], {"x": Source(**source)})  # type: ignore[arg-type]
    assert verdict(one, results) == ("not measured", [reason])


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"control": "mean_image", "metric": "detect.roc_auc"}, 0.7),
        ({"control": "pixels", "metric": "evaluate.latent_dim"}, 4),
        ({"control": "real_images", "metric": "accuracy"}, 0.9),
        ({"sweep": "pca", "metric": "2.roc_auc"}, 0.8),
    ],
)
def test_controls_and_sweep_have_metrics(results: Results, source: dict[str, str], value: float) -> None:
    assert results.estimate(Source(**source)).value == value  # type: ignore[arg-type]


def test_claim_without_rules_is_not_measured(results: Results) -> None:
    one = claim([], {}, note="It is mathematics.")
    assert verdict(one, results) == ("not measured", [])
    assert counts(decide(Ledger(lectures={"one": "One"}, claims=[one]), results))["not measured"] == 1


def test_reason_is_shown_with_its_outcomes_only(results: Results) -> None:
    """Two patterns of outcomes have one verdict, and different reasons."""
    rules = [Rule(less=[DEEP, FLAT]), Rule(less=[DEEP, 0.01])]
    one = claim(rules, note="Errors.", because={"shown refuted": "Depth helps."})
    ledger = Ledger(lectures={"one": "One"}, claims=[one])
    (decision,) = decide(ledger, results)
    assert (decision.verdict, decision.note, decision.because) == ("holds in part", "Errors.", "Depth helps.")
    write_variant("deep", 0.055)
    (decision,) = decide(ledger, Results(["deep", "flat"], []))
    assert [rule.outcome for rule in decision.comparisons] == ["shown", "unclear"]
    assert (decision.verdict, decision.note, decision.because) == ("holds in part", "Errors.", None)


def test_metrics_without_interval_are_named(results: Results) -> None:
    metrics = {"size": Source(control="pixels", metric="evaluate.latent_dim"), DEEP: METRICS[DEEP]}
    rule = Rule(greater=["size", DEEP])
    (decision,) = decide(Ledger(lectures={"one": "One"}, claims=[claim([rule], metrics)]), results)
    assert decision.comparisons[0].without_interval == ["size"]


def test_files_of_removed_variants_are_not_read(results: Results) -> None:
    found = verdict(claim([Rule(less=[DEEP, FLAT])]), Results(["deep"], []))
    assert found == ("not measured", ["params.yaml has no variant flat"])
