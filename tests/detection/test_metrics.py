from dataclasses import asdict

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from hourglass.core.errors import HourglassError
from hourglass.core.metrics import to_json
from hourglass.data.imageset import ImageSet, Labels
from hourglass.detection.metrics import Performance, performance, ranking, roc_points
from hourglass.detection.threshold import conformal

CLASSES = ("shirt", "shoe", "bag")
NORMAL = 1  # neither the first nor the last class, so that a wrong index shows
Scores = NDArray[np.float64]


def gaussian(count: int, shift: float, seed: int) -> tuple[Scores, Labels]:
    """Scores of `count` images of each class, those of anomalies higher by `shift` on average."""
    labels = np.repeat(np.arange(len(CLASSES)), count)
    return np.random.default_rng(seed).normal(shift * (labels != NORMAL)), labels


def auc_of(scores: Scores, labels: Labels) -> float:
    return float(roc_auc_score(labels != NORMAL, scores))


def measured(scores: Scores, labels: Labels, threshold: float = 0.0, classes: tuple[str, ...] = CLASSES) -> Performance:
    images = ImageSet(np.zeros((len(labels), 1, 1, 1), np.uint8), labels, classes)
    return performance(scores, threshold, images, [NORMAL])


def test_perfect_scores() -> None:
    labels = np.repeat([0, 1, 2], 20)
    assert to_json(measured(np.where(labels == NORMAL, -1.0, 1.0), labels)) == {
        "roc_auc": 1,
        "roc_auc_ci": [1, 1],
        "average_precision": 1,
        "fpr_at_95_tpr": 0,
        "threshold": 0,
        "false_alarm_rate": 0,
        "true_positive_rate": 1,
        "by_class": {"shirt": 1, "bag": 1},
    }


def test_reversed_scores() -> None:
    labels = np.repeat([0, 1, 2], 20)
    found = measured(np.where(labels == NORMAL, 1.0, -1.0), labels)
    assert asdict(found.roc_auc) == {"value": 0, "low": 0, "high": 0}
    assert (found.fpr_at_95_tpr, found.false_alarm_rate, found.true_positive_rate) == (1, 1, 0)
    assert found.by_class == {"shirt": 0, "bag": 0}


def test_permuted_labels_are_chance() -> None:
    scores, labels = gaussian(1000, shift=2, seed=0)
    found = measured(scores, np.random.default_rng(1).permutation(labels))
    assert found.roc_auc.value == pytest.approx(0.5, abs=0.03)
    assert found.average_precision == pytest.approx(2 / 3, abs=0.03)
    assert found.fpr_at_95_tpr == pytest.approx(0.95, abs=0.03)
    assert found.roc_auc.low < 0.5 < found.roc_auc.high


def test_negated_scores_mirror_the_roc_auc() -> None:
    scores, labels = gaussian(50, shift=1, seed=0)
    assert auc_of(-scores, labels) == pytest.approx(1 - measured(scores, labels).roc_auc.value)
    assert measured(-scores, labels).roc_auc.value == pytest.approx(auc_of(-scores, labels))


def test_the_roc_auc_is_the_weighted_mean_over_classes() -> None:
    labels = np.repeat([0, 1, 2], [10, 40, 70])
    scores = np.random.default_rng(0).normal(labels)
    found = measured(scores, labels)
    assert found.by_class.keys() == {"shirt", "bag"}
    assert found.by_class["shirt"] < 0.5 < found.by_class["bag"], "scores grow with the class number"
    mean = (10 * found.by_class["shirt"] + 70 * found.by_class["bag"]) / 80
    assert found.roc_auc.value == pytest.approx(mean)
    assert found.roc_auc.value == pytest.approx(auc_of(scores, labels))


def test_classes_that_do_not_occur_are_left_out() -> None:
    found = measured(np.array([0.0, 1, 2, 3]), np.array([NORMAL, NORMAL, 2, 2]))
    assert found.by_class == {"bag": 1}


def test_average_precision_is_the_mean_precision_at_anomalies() -> None:
    labels = np.array([NORMAL, NORMAL, 0, 0])
    found = measured(np.array([0.1, 0.4, 0.35, 0.8]), labels, classes=CLASSES[:2])
    assert found.average_precision == pytest.approx((1 / 1 + 2 / 3) / 2)


@pytest.mark.parametrize(
    ("normal", "share"), [([-2, 0.5, 1, 1.5], 0.5), (range(20), 0.95), ([-1, -2], 0), ([30, 40, 0], 2 / 3)]
)
def test_false_positive_rate_at_95_percent_true_positives(normal: list[float], share: float) -> None:
    """The anomalies score 0 to 19, so those are the normal images that score at least 1."""
    scores = np.array([*range(20), *normal], np.float64)
    labels = np.repeat([0, NORMAL], [20, len(normal)])
    assert measured(scores, labels, classes=CLASSES[:2]).fpr_at_95_tpr == pytest.approx(share)


def test_rates_are_shares_above_the_threshold() -> None:
    scores = np.array([0.0, 1, 2, 3, 2, 3, 4, 5])
    found = measured(scores, np.array([1, 1, 1, 1, 0, 0, 2, 2]), threshold=2)
    assert (found.threshold, found.false_alarm_rate, found.true_positive_rate) == (2, 0.25, 0.75)


@pytest.mark.parametrize("shift", [0.0, 1.0, 2.0])
def test_normal_scores_have_the_roc_auc_of_theory(shift: float) -> None:
    """It is Φ(shift / √2), and the true-positive rate Φ(shift - z) at the threshold z of 5% false positives."""
    scores, labels = gaussian(2000, shift, seed=0)
    threshold = conformal(np.random.default_rng(1).normal(size=20_000), 0.05)
    found = measured(scores, labels, threshold)
    z = norm.ppf(0.95)
    assert threshold == pytest.approx(z, abs=0.04)
    assert found.roc_auc.value == pytest.approx(norm.cdf(shift / np.sqrt(2)), abs=0.015)
    assert found.false_alarm_rate == pytest.approx(0.05, abs=0.01)
    assert found.true_positive_rate == pytest.approx(norm.cdf(shift - z), abs=0.02)


def test_the_interval_narrows_with_the_root_of_the_count() -> None:
    widths = []
    for count in (50, 800):
        found = measured(*gaussian(count, shift=1, seed=0)).roc_auc
        assert 0 < found.low < found.value < found.high < 1
        widths.append(found.high - found.low)
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.3)


def test_the_interval_covers_the_truth_about_19_times_in_20() -> None:
    truth = norm.cdf(1 / np.sqrt(2))
    found = [measured(*gaussian(40, shift=1, seed=seed)).roc_auc for seed in range(120)]
    coverage = np.mean([one.low < truth < one.high for one in found])
    assert 0.90 <= coverage <= 0.98


def test_a_ranking_is_that_of_the_performance() -> None:
    scores, labels = gaussian(50, shift=1, seed=0)
    assert ranking(scores, labels != NORMAL).roc_auc == measured(scores, labels).roc_auc


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_scores_that_are_not_finite_are_an_error(value: float) -> None:
    scores, labels = gaussian(10, shift=1, seed=0)
    scores[[3, 12]] = value
    for measure in (measured, lambda scores, labels: ranking(scores, labels != NORMAL)):
        with pytest.raises(HourglassError, match="2 anomaly scores are NaN or infinite"):
            measure(scores, labels)


def test_the_roc_curve_rises_and_has_the_area_that_is_reported() -> None:
    scores, labels = gaussian(300, shift=1, seed=0)
    points = np.array(roc_points(scores, labels != NORMAL))
    np.testing.assert_allclose(points[:, 0], np.linspace(0, 1, 200))
    assert (np.diff(points[:, 1]) >= 0).all()
    assert points[-1].tolist() == [1, 1]
    assert np.trapezoid(points[:, 1], points[:, 0]) == pytest.approx(auc_of(scores, labels), abs=0.003)


def test_the_roc_curve_of_perfect_scores_lies_at_the_top() -> None:
    labels = np.repeat([0, 1, 2], 20)
    assert {rate for _, rate in roc_points(np.where(labels == NORMAL, -1.0, 1.0), labels != NORMAL)} == {1.0}
