from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import Detector, NormalImages, fit
from hourglass.detection.threshold import conformal, cross_scores, least_images, p_values
from hourglass.models.autoencoder import Autoencoder

Networks = dict[str, Autoencoder]


@pytest.mark.parametrize("rate", ["0.05", "0.1", "0.25", "0.29", "0.45", "0.7"])
@pytest.mark.parametrize("count", [19, 20, 99, 100, 1000])
def test_threshold_is_the_score_of_the_conformal_rank(count: int, rate: str) -> None:
    """The k-th smallest of N, k the least whole number with N + 1 - k <= (N + 1) rate: in fractions, not floats."""
    scores = np.random.default_rng(count).permutation(count).astype(float)
    least = next(k for k in range(1, count + 2) if count + 1 - k <= (count + 1) * Fraction(rate))
    assert conformal(scores, float(rate)) == min(least, count) - 1


@pytest.mark.parametrize("rate", [0.05, 0.2])
@pytest.mark.parametrize("count", [19, 24, 50, 200])
def test_new_normal_images_are_flagged_at_the_target_rate(count: int, rate: float) -> None:
    """On average over draws of the calibration images, and by no more than 1 / (N + 1) less often."""
    random = np.random.default_rng(count)
    # The probability that a new uniform score exceeds the threshold is 1 - threshold, so no second draw is needed.
    flagged = np.array([1 - conformal(random.uniform(size=count), rate) for _ in range(4000)])
    noise = 4 * np.sqrt(rate / count / 4000)
    assert rate - 1 / (count + 1) - noise < flagged.mean() < rate + noise


def test_the_rate_of_one_draw_scatters_as_documented() -> None:
    random = np.random.default_rng(0)
    flagged = [1 - conformal(random.uniform(size=500), 0.05) for _ in range(2000)]
    assert np.std(flagged) == pytest.approx(np.sqrt(0.05 * 0.95 / 500), rel=0.1)


@pytest.mark.parametrize("count", [1, 5, 18])
def test_of_too_few_images_it_is_the_largest_score(count: int) -> None:
    scores = np.random.default_rng(0).normal(size=count)
    assert conformal(scores, 0.05) == scores.max()


def test_the_order_of_scores_does_not_matter() -> None:
    scores = np.random.default_rng(0).gamma(2, size=101)
    assert conformal(scores, 0.1) == conformal(np.sort(scores)[::-1], 0.1)


def test_the_threshold_follows_any_increasing_change_of_scale() -> None:
    scores = np.random.default_rng(0).normal(size=333)
    assert conformal(np.exp(3 * scores), 0.07) == np.exp(3 * conformal(scores, 0.07))


def test_no_score_at_all_is_an_error() -> None:
    with pytest.raises(HourglassError, match="needs normal calibration images, and there are none"):
        conformal(np.array([]), 0.05)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_scores_that_are_not_finite_are_an_error(value: float) -> None:
    with pytest.raises(HourglassError, match="2 anomaly scores are NaN or infinite"):
        conformal(np.array([0.1, value, 0.3, value]), 0.05)


def test_p_values_count_scores_as_high_and_the_image_itself() -> None:
    calibration = np.array([1.0, 2.0, 2.0, 3.0])
    found = p_values(np.array([0.0, 1.0, 1.5, 2.0, 3.0, 3.5]), calibration)
    np.testing.assert_allclose(found, np.array([5, 5, 4, 4, 2, 1]) / 5)


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.1, 0.45])
@pytest.mark.parametrize("count", [99, 100, 333])
def test_an_anomaly_has_a_p_value_of_at_most_the_rate(rate: float, count: int) -> None:
    random = np.random.default_rng(count)
    calibration, new = np.sort(random.normal(size=count)), random.normal(size=2000)
    anomalous = new > conformal(calibration, rate)
    np.testing.assert_array_equal(anomalous, p_values(new, calibration) <= rate)


@pytest.mark.parametrize(("rate", "count"), [(0.05, 19), (0.01, 99), (0.1, 9), (0.3, 3), (0.5, 1)])
def test_least_images_are_those_that_keep_the_rate(rate: float, count: int) -> None:
    """With one image less, the rank of the threshold is beyond the last."""
    assert least_images(rate) == count
    assert (count + 1) * rate >= 1 > count * rate


def scorer(fitted: Callable[[ImageSet], Detector]) -> Callable[[ImageSet, ImageSet], NDArray[np.float32]]:
    return lambda images, others: fitted(images).score(others)


def test_every_image_is_scored_by_a_detector_of_the_other_half(networks: Networks, zeros: NormalImages) -> None:
    train, seen = zeros.train, list[ImageSet]()

    def fitted(images: ImageSet) -> Detector:
        seen.append(images)
        return fit(
            [networks["undercomplete"]],
            ["smoothed_residual", "knn"],
            NormalImages(images, zeros.calibration, normal=0),
            0.1,
        )

    found = conformal(cross_scores(scorer(fitted), train), 0.1)
    assert {len(half) for half in seen} == {len(train) // 2}
    assert {image.tobytes() for half in seen for image in half[:]} == {image.tobytes() for image in train[:]}
    even, odd = train.subset(slice(0, None, 2)), train.subset(slice(1, None, 2))
    scores = np.concatenate([fitted(even).score(odd), fitted(odd).score(even)])
    assert np.count_nonzero(scores > found) == int((len(train) + 1) * 0.1) - 1


def test_cross_conformal_beats_few_calibration_images(networks: Networks) -> None:
    """Noise is normal here, of which there is as much as one likes: 10 calibration images, 400 training images."""
    random = np.random.default_rng(0)

    def noise(count: int) -> ImageSet:
        return ImageSet(random.integers(0, 256, (count, 1, 8, 8), dtype=np.uint8))

    rates: dict[str, list[float]] = {"calibration": [], "cross_conformal": []}
    for _ in range(10):
        train, calibration, new = noise(400), noise(10), noise(2000)

        def fitted(images: ImageSet, calibration: ImageSet = calibration) -> Detector:
            normal = NormalImages(images, calibration, normal=0)
            return fit([networks["undercomplete"]], ["smoothed_residual"], normal, 0.2)

        detector = fitted(train)
        thresholds = {
            "calibration": detector.threshold,
            "cross_conformal": conformal(cross_scores(scorer(fitted), train), 0.2),
        }
        for name, threshold in thresholds.items():
            rates[name].append(float((detector.score(new) > threshold).mean()))
    errors = {name: np.abs(np.array(values) - 0.2).mean() for name, values in rates.items()}
    assert errors["cross_conformal"] < 0.03 < errors["calibration"]


@pytest.mark.parametrize("count", [0, 3])
def test_cross_conformal_needs_four_images(count: int, zeros: NormalImages) -> None:
    with pytest.raises(HourglassError, match=f"needs at least four normal training images; there are {count}"):
        cross_scores(lambda _, others: np.zeros(len(others)), zeros.train.first(count))
