import pytest

from hourglass.reporting.verdicts import Comparison, Verdict, compare, off_target, points, untrained, verdicts
from tests.reporting.plots.variants import around, variant

FORM = "{:.2f}".format


def test_untrained_metrics_have_paths_of_their_own() -> None:
    assert untrained("evaluate.reconstruction.mse") == "evaluate.untrained.reconstruction.mse"


def test_variants_are_compared_with_a_control_or_with_themselves() -> None:
    detect = {**around("roc_auc", 0.9, 0.25), "untrained": {"roc_auc": 0.5}}
    one = variant("one", detect=detect)
    assert compare([one], "detect.roc_auc", 0.8) == [Comparison("one", 0.9, 0.8, 0.65)]
    assert compare([one], "detect.roc_auc") == [Comparison("one", 0.9, 0.5, 0.65)]
    bare = variant("bare", detect={"roc_auc": 0.9})
    assert compare([bare], "detect.roc_auc", 0.8) == [Comparison("bare", 0.9, 0.8, None)]


def test_losers_to_a_shared_control_have_their_metric() -> None:
    comparisons = [Comparison("a", 0.7, 0.8), Comparison("b", 0.9, 0.8), Comparison("even", 0.8, 0.8)]
    result = verdicts(comparisons, "the mean (0.80)", FORM)
    assert result == [Verdict("Not better than the mean (0.80):", ["a 0.70", "even 0.80"])]


def test_losers_to_different_controls_have_both_metrics() -> None:
    comparisons = [Comparison("a", 0.7, 0.8), Comparison("b", 0.9, 0.5)]
    result = verdicts(comparisons, "its untrained network", FORM)
    assert result == [Verdict("Not better than its untrained network:", ["a 0.70 against 0.80"])]


def test_lead_within_the_interval_is_not_clear() -> None:
    comparisons = [Comparison("clear", 0.9, 0.8, 0.85), Comparison("close", 0.82, 0.8, 0.79)]
    result = verdicts(comparisons, "it", FORM)
    assert result == [Verdict("Better than it, but within the 95% interval:", ["close"])]


def test_all_winning_is_said_too() -> None:
    assert verdicts([Comparison("a", 0.9, 0.8, 0.85)], "it", FORM) == [Verdict("Every variant beats it.")]


def test_shares_are_compared_in_points() -> None:
    assert points(0.853, 0.828) == "2.5 points above"
    assert points(0.818, 0.828) == "1.0 points below"


@pytest.mark.parametrize(("rate", "off"), [(0.03, False), (0.05, False), (0.07, False), (0.0701, True), (0.029, True)])
def test_two_points_are_still_on_target(rate: float, off: bool) -> None:
    assert off_target(rate, 0.05) == off
