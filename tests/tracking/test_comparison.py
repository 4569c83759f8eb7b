import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from hourglass.core.intervals import auc_interval
from hourglass.tracking.comparison import auc_difference

RNG = np.random.default_rng(3)
ANOMALOUS = RNG.random(400) < 0.6
FIRST = RNG.normal(size=400) + ANOMALOUS
SECOND = FIRST + 0.5 * RNG.normal(size=400) + 0.6 * ANOMALOUS


def test_difference_is_that_of_the_two_roc_aucs() -> None:
    expected = roc_auc_score(ANOMALOUS, SECOND) - roc_auc_score(ANOMALOUS, FIRST)
    assert auc_difference(FIRST, SECOND, ANOMALOUS).value == pytest.approx(expected)


def test_interval_agrees_with_a_paired_bootstrap() -> None:
    # Pairs of a normal and an anomalous image that the second detector orders rightly, less those of the first.
    right = [(scores[ANOMALOUS] > scores[~ANOMALOUS, None]).astype(float) for scores in (SECOND, FIRST)]
    gained = right[0] - right[1]
    normal, abnormal = gained.shape
    drawn = ((RNG.integers(0, normal, normal), RNG.integers(0, abnormal, abnormal)) for _ in range(1000))
    differences = [gained[rows][:, columns].mean() for rows, columns in drawn]
    found = auc_difference(FIRST, SECOND, ANOMALOUS)
    low, high = np.percentile(differences, [2.5, 97.5])
    assert found.low == pytest.approx(low, abs=0.005)
    assert found.high == pytest.approx(high, abs=0.005)


def test_against_chance_it_is_the_interval_of_one_roc_auc() -> None:
    found = auc_difference(np.zeros(400), FIRST, ANOMALOUS)
    low, high = auc_interval(FIRST[~ANOMALOUS], FIRST[ANOMALOUS])
    assert (found.low + 0.5, found.high + 0.5) == pytest.approx((low, high))


def test_equal_scores_differ_by_nothing() -> None:
    found = auc_difference(FIRST, FIRST, ANOMALOUS)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_the_other_way_round_has_the_other_sign() -> None:
    there, back = auc_difference(FIRST, SECOND, ANOMALOUS), auc_difference(SECOND, FIRST, ANOMALOUS)
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low))
