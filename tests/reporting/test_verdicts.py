import pytest

from hourglass.core.metrics import Estimate, Metrics
from hourglass.reporting.verdicts import Comparison, Verdict, compare, off_target, points, untrained, verdicts
from tests.reporting.plots.variants import around, variant

FORM = "{:.2f}".format


def exact(value: float) -> Estimate:
    return Estimate(value, value, value)


def pair(name: str, own: float, control: float) -> Comparison:
    """Of two metrics without intervals."""
    return Comparison(name, exact(own), exact(control))


def test_untrained_metrics_have_paths_of_their_own() -> None:
    assert untrained("evaluate.reconstruction.mse") == "evaluate.untrained.reconstruction.mse"


def test_variants_are_compared_with_a_control_or_with_themselves() -> None:
    detect = {**around("roc_auc", 0.9, 0.25), "untrained": {"roc_auc": 0.5}}
    one = variant("one", detect=detect)
    control = Metrics({"detect": around("roc_auc", 0.5, 0.125)})
    own, shared = Estimate(0.9, 0.65, 1.15), Estimate(0.5, 0.375, 0.625)
    assert compare([one], "detect.roc_auc", control) == [Comparison("one", own, shared)]
    assert compare([one], "detect.roc_auc") == [Comparison("one", own, exact(0.5))]
    bare = variant("bare", detect={"roc_auc": 0.9})
    assert compare([bare], "detect.roc_auc", control) == [Comparison("bare", exact(0.9), shared)]


def test_losers_to_a_shared_control_have_their_metric() -> None:
    comparisons = [pair("a", 0.7, 0.8), pair("b", 0.9, 0.8), pair("even", 0.8, 0.8)]
    result = verdicts(comparisons, "the mean (0.80)", FORM)
    assert result == [Verdict("Not better than the mean (0.80):", ["a 0.70", "even 0.80"])]


def test_losers_to_different_controls_have_both_metrics() -> None:
    comparisons = [pair("a", 0.7, 0.8), pair("b", 0.9, 0.5)]
    result = verdicts(comparisons, "its untrained network", FORM)
    assert result == [Verdict("Not better than its untrained network:", ["a 0.70 against 0.80"])]


@pytest.mark.parametrize(
    ("own", "control", "clear"),
    [
        (Estimate(0.9, 0.85, 0.95), exact(0.8), True),
        (Estimate(0.9, 0.79, 0.95), exact(0.8), False),
        (Estimate(0.9, 0.85, 0.95), Estimate(0.8, 0.76, 0.84), True),
        (Estimate(0.9, 0.85, 0.95), Estimate(0.8, 0.74, 0.86), False),
        (exact(0.9), Estimate(0.8, 0.69, 0.91), False),
    ],
)
def test_lead_with_overlapping_intervals_is_not_clear(own: Estimate, control: Estimate, clear: bool) -> None:
    close = Verdict("Better than it, but not beyond the 95% intervals:", ["one"])
    every = Verdict("Every variant beats it.")
    assert verdicts([Comparison("one", own, control)], "it", FORM) == [every if clear else close]


def test_all_winning_is_said_too() -> None:
    assert verdicts([pair("a", 0.9, 0.8)], "it", FORM) == [Verdict("Every variant beats it.")]


def test_shares_are_compared_in_points() -> None:
    assert points(0.853, 0.828) == "2.5 points above"
    assert points(0.818, 0.828) == "1.0 points below"


@pytest.mark.parametrize(("rate", "off"), [(0.03, False), (0.05, False), (0.07, False), (0.0701, True), (0.029, True)])
def test_two_points_are_still_on_target(rate: float, off: bool) -> None:
    assert off_target(rate, 0.05) == off
