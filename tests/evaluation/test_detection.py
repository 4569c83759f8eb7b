from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from hourglass.core.errors import HourglassError
from hourglass.evaluation.detection import Scores, measure, roc_points
from hourglass.evaluation.threshold import threshold_of

CLASSES = ("shirt", "shoe", "bag")
NORMAL = 1  # neither the first nor the last class, so that a wrong index shows
Labels = NDArray[np.int64]


def gaussian(count: int, shift: float, seed: int) -> tuple[Scores, Labels]:
    """Scores of `count` images of each class, those of anomalies higher by `shift` on average."""
    labels = np.repeat(np.arange(len(CLASSES)), count)
    return np.random.default_rng(seed).normal(shift * (labels != NORMAL)), labels


def auc_of(scores: Scores, labels: Labels) -> float:
    return float(roc_auc_score(labels != NORMAL, scores))


def judged(
    scores: Scores, labels: Labels, threshold: float = 0.0, classes: tuple[str, ...] = CLASSES
) -> dict[str, Any]:
    return measure(scores, labels, NORMAL, classes, threshold)


def test_perfect_scores() -> None:
    labels = np.repeat([0, 1, 2], 20)
    found = judged(np.where(labels == NORMAL, -1.0, 1.0), labels)
    assert found == {
        "roc_auc": 1,
        "roc_auc_ci": [1, 1],
        "average_precision": 1,
        "fpr_at_95_tpr": 0,
        "threshold": 0,
        "false_alarm_rate": 0,
        "detection_rate": 1,
        "by_class": {"shirt": 1, "bag": 1},
    }


def test_reversed_scores() -> None:
    labels = np.repeat([0, 1, 2], 20)
    found = judged(np.where(labels == NORMAL, 1.0, -1.0), labels)
    assert (found["roc_auc"], found["roc_auc_ci"]) == (0, [0, 0])
    assert (found["fpr_at_95_tpr"], found["false_alarm_rate"], found["detection_rate"]) == (1, 1, 0)
    assert found["by_class"] == {"shirt": 0, "bag": 0}


def test_permuted_labels_are_chance() -> None:
    scores, labels = gaussian(1000, shift=2, seed=0)
    found = judged(scores, np.random.default_rng(1).permutation(labels))
    assert found["roc_auc"] == pytest.approx(0.5, abs=0.03)
    assert found["average_precision"] == pytest.approx(2 / 3, abs=0.03)
    assert found["fpr_at_95_tpr"] == pytest.approx(0.95, abs=0.03)
    low, high = found["roc_auc_ci"]
    assert low < 0.5 < high


def test_negated_scores_mirror_the_roc_auc() -> None:
    scores, labels = gaussian(50, shift=1, seed=0)
    assert auc_of(-scores, labels) == pytest.approx(1 - judged(scores, labels)["roc_auc"])
    assert judged(-scores, labels)["roc_auc"] == pytest.approx(auc_of(-scores, labels))


def test_the_roc_auc_is_the_mean_over_anomalies_of_the_one_against_their_class() -> None:
    labels = np.repeat([0, 1, 2], [10, 40, 70])
    scores = np.random.default_rng(0).normal(labels)
    found = judged(scores, labels)
    by_class = found["by_class"]
    assert by_class.keys() == {"shirt", "bag"}
    assert by_class["shirt"] < 0.5 < by_class["bag"], "scores grow with the class number"
    assert found["roc_auc"] == pytest.approx((10 * by_class["shirt"] + 70 * by_class["bag"]) / 80)
    assert found["roc_auc"] == pytest.approx(auc_of(scores, labels))


def test_average_precision_is_the_mean_precision_at_each_anomaly() -> None:
    labels = np.array([NORMAL, NORMAL, 0, 0])
    found = judged(np.array([0.1, 0.4, 0.35, 0.8]), labels, classes=CLASSES[:2])
    assert found["average_precision"] == pytest.approx((1 / 1 + 2 / 3) / 2)


@pytest.mark.parametrize(
    ("ordinary", "share"), [([-2, 0.5, 1, 1.5], 0.5), (range(20), 0.95), ([-1, -2], 0), ([30, 40, 0], 2 / 3)]
)
def test_false_alarms_where_nineteen_of_twenty_anomalies_are_found(ordinary: list[float], share: float) -> None:
    """The anomalies score 0 to 19, so those are the normal images that score at least 1."""
    scores = np.array([*range(20), *ordinary], np.float64)
    labels = np.repeat([0, NORMAL], [20, len(ordinary)])
    assert judged(scores, labels, classes=CLASSES[:2])["fpr_at_95_tpr"] == pytest.approx(share)


def test_the_rates_are_the_shares_above_the_threshold() -> None:
    scores = np.array([0.0, 1, 2, 3, 2, 3, 4, 5])
    found = judged(scores, np.array([1, 1, 1, 1, 0, 0, 2, 2]), threshold=2)
    assert (found["threshold"], found["false_alarm_rate"], found["detection_rate"]) == (2, 0.25, 0.75)


@pytest.mark.parametrize("shift", [0.0, 1.0, 2.0])
def test_scores_of_two_normal_distributions_have_the_roc_auc_that_theory_gives(shift: float) -> None:
    """It is Φ(shift / √2), and the detection rate Φ(shift - z) at the threshold z of 5% false alarms."""
    scores, labels = gaussian(2000, shift, seed=0)
    threshold = threshold_of(np.random.default_rng(1).normal(size=20_000), 0.05)
    found = judged(scores, labels, threshold)
    z = norm.ppf(0.95)
    assert threshold == pytest.approx(z, abs=0.04)
    assert found["roc_auc"] == pytest.approx(norm.cdf(shift / np.sqrt(2)), abs=0.015)
    assert found["false_alarm_rate"] == pytest.approx(0.05, abs=0.01)
    assert found["detection_rate"] == pytest.approx(norm.cdf(shift - z), abs=0.02)


def test_the_interval_holds_the_estimate_and_narrows_with_the_root_of_the_count() -> None:
    widths = []
    for count in (50, 800):
        found = judged(*gaussian(count, shift=1, seed=0))
        low, high = found["roc_auc_ci"]
        assert 0 < low < found["roc_auc"] < high < 1
        widths.append(high - low)
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.3)


def test_the_interval_covers_the_truth_about_19_times_in_20() -> None:
    truth = norm.cdf(1 / np.sqrt(2))
    found = [judged(*gaussian(40, shift=1, seed=seed))["roc_auc_ci"] for seed in range(120)]
    coverage = np.mean([low < truth < high for low, high in found])
    assert 0.90 <= coverage <= 0.98


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_no_number_is_an_error(value: float) -> None:
    scores, labels = gaussian(10, shift=1, seed=0)
    scores[[3, 12]] = value
    with pytest.raises(HourglassError, match="2 anomaly scores are NaN or infinite"):
        judged(scores, labels)


def test_the_roc_curve_rises_and_has_the_area_that_is_reported() -> None:
    scores, labels = gaussian(300, shift=1, seed=0)
    points = np.array(roc_points(scores, labels, NORMAL, count=200))
    np.testing.assert_allclose(points[:, 0], np.linspace(0, 1, 200))
    assert (np.diff(points[:, 1]) >= 0).all()
    assert points[-1].tolist() == [1, 1]
    assert np.trapezoid(points[:, 1], points[:, 0]) == pytest.approx(auc_of(scores, labels), abs=0.003)


def test_the_roc_curve_of_perfect_scores_lies_at_the_top() -> None:
    labels = np.repeat([0, 1, 2], 20)
    assert {hits for _, hits in roc_points(np.where(labels == NORMAL, -1.0, 1.0), labels, NORMAL)} == {1.0}
