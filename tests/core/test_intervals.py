import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from hourglass.core import intervals
from hourglass.core.errors import HourglassError
from hourglass.core.intervals import auc_interval, mean_estimate, share_estimate
from hourglass.core.metrics import Estimate


def sample(count: int, seed: int = 0) -> NDArray[np.floating]:
    return np.random.default_rng(seed).normal(3, 2, count)


def ends(estimate: Estimate) -> list[float]:
    return [estimate.low, estimate.high]


# The mean


def test_the_value_is_the_mean() -> None:
    values = sample(100)
    found = mean_estimate(values, seed=0)
    assert found.value == values.mean()
    assert found.low < found.value < found.high
    assert {type(number) for number in (found.value, found.low, found.high)} == {float}


def test_the_interval_of_a_mean_is_that_of_normal_theory() -> None:
    values = sample(1000)
    half = 1.96 * values.std() / np.sqrt(len(values))
    expected = [values.mean() - half, values.mean() + half]
    assert ends(mean_estimate(values, seed=1)) == pytest.approx(expected, abs=0.2 * half)


def test_it_narrows_with_the_root_of_the_count() -> None:
    widths = [np.ptp(ends(mean_estimate(sample(count), seed=0))) for count in (50, 200, 800)]
    np.testing.assert_allclose([widths[0] / widths[1], widths[1] / widths[2]], 2, rtol=0.25)


def test_the_seed_decides_and_the_batches_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    values = sample(100)
    first = mean_estimate(values, seed=1)
    assert mean_estimate(values, seed=1) == first
    assert mean_estimate(values, seed=2) != first
    monkeypatch.setattr(intervals, "BATCH", 7)
    assert mean_estimate(values, seed=1) == first
    monkeypatch.setattr(intervals, "VALUES", 1)
    assert mean_estimate(values, seed=1) == first


def test_it_moves_and_grows_with_the_values() -> None:
    values = sample(100)
    low, high = ends(mean_estimate(values, seed=0))
    assert ends(mean_estimate(10 * values + 5, seed=0)) == pytest.approx([10 * low + 5, 10 * high + 5])


def test_equal_values_leave_no_doubt() -> None:
    assert mean_estimate(np.full(20, 0.25), seed=0) == Estimate(0.25, 0.25, 0.25)


# A share


@pytest.mark.parametrize(("hits", "count"), [(3, 10), (0, 20), (20, 20), (950, 1000)])
def test_the_interval_of_a_share_is_that_of_wilson(hits: int, count: int) -> None:
    share, z = hits / count, 1.959964
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    found = share_estimate(np.arange(count) < hits)
    assert found.value == share
    assert ends(found) == pytest.approx([middle - half, middle + half], abs=1e-6)
    assert 0 <= found.low <= share <= found.high <= 1


def test_a_share_of_all_or_none_leaves_a_doubt() -> None:
    assert 0.8 < share_estimate(np.ones(20, bool)).low < 1
    assert 0 < share_estimate(np.zeros(20, bool)).high < 0.2


def test_the_interval_of_many_hits_is_nearly_the_bootstrap_one() -> None:
    hits = np.random.default_rng(0).random(2000) < 0.8
    bootstrap = mean_estimate(hits.astype(np.float64), seed=0)
    assert ends(share_estimate(hits)) == pytest.approx(ends(bootstrap), abs=0.003)
    assert share_estimate(hits).value == bootstrap.value


# ROC-AUC


@pytest.mark.parametrize(("normal", "anomalous", "levels"), [(200, 300, None), (60, 900, None), (300, 200, 4)])
def test_the_interval_of_a_roc_auc_is_the_bootstrap_one(normal: int, anomalous: int, levels: int | None) -> None:
    """Both samples are resampled, each on its own; with few levels, most scores are tied, and a tie counts half."""
    samples = sample(normal), sample(anomalous, seed=1) + 2
    if levels:
        samples = samples[0].round() % levels, samples[1].round() % levels + 1
    truth = np.repeat([False, True], [normal, anomalous])
    draws = np.random.default_rng(2)
    areas = [
        roc_auc_score(truth, np.concatenate([draws.choice(values, len(values)) for values in samples]))
        for _ in range(1000)
    ]
    expected = np.percentile(areas, [2.5, 97.5])
    assert auc_interval(*samples) == pytest.approx(expected.tolist(), abs=0.1 * np.ptp(expected))


def test_a_perfect_order_leaves_no_doubt() -> None:
    assert auc_interval(np.arange(20.0), np.arange(20.0) + 50) == (1, 1)
    assert auc_interval(np.arange(20.0) + 50, np.arange(20.0)) == (0, 0)


def test_no_interval_of_a_roc_auc_leaves_the_unit_interval() -> None:
    low, high = auc_interval(np.array([0.0, 1, 2, 9]), np.array([3.0, 4, 5, 10]))
    assert 0 < low < high == 1


@pytest.mark.parametrize(("normal", "anomalous"), [(1, 3), (3, 1), (0, 2)])
def test_a_sample_of_one_score_has_no_interval(normal: int, anomalous: int) -> None:
    with pytest.raises(HourglassError, match=f"there are {normal} normal and {anomalous} anomalous ones"):
        auc_interval(np.zeros(normal), np.ones(anomalous))
