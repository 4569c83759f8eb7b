from fractions import Fraction

import numpy as np
import pytest

from hourglass.core.errors import HourglassError
from hourglass.evaluation.threshold import threshold_of


@pytest.mark.parametrize("rate", ["0.05", "0.1", "0.25", "0.29", "0.45", "0.7"])
@pytest.mark.parametrize("count", [19, 20, 99, 100, 1000])
def test_the_threshold_is_the_score_of_the_conformal_rank(count: int, rate: str) -> None:
    """The k-th smallest of N, k the least whole number with N + 1 - k <= (N + 1) rate: in fractions, not floats."""
    scores = np.random.default_rng(count).permutation(count).astype(float)
    least = next(k for k in range(1, count + 2) if count + 1 - k <= (count + 1) * Fraction(rate))
    assert threshold_of(scores, float(rate)) == min(least, count) - 1


@pytest.mark.parametrize("rate", [0.05, 0.2])
@pytest.mark.parametrize("count", [19, 24, 50, 200])
def test_a_new_normal_image_is_flagged_as_often_as_promised(count: int, rate: float) -> None:
    """On average over draws of the held-out images, and by no more than 1 / (N + 1) less often."""
    random = np.random.default_rng(count)
    # The probability that a new uniform score exceeds the threshold is 1 - threshold, so no second draw is needed.
    flagged = np.array([1 - threshold_of(random.uniform(size=count), rate) for _ in range(4000)])
    noise = 4 * np.sqrt(rate / count / 4000)
    assert rate - 1 / (count + 1) - noise < flagged.mean() < rate + noise


def test_the_rate_of_one_draw_scatters_as_the_docstring_says() -> None:
    random = np.random.default_rng(0)
    flagged = [1 - threshold_of(random.uniform(size=500), 0.05) for _ in range(2000)]
    assert np.std(flagged) == pytest.approx(np.sqrt(0.05 * 0.95 / 500), rel=0.1)


@pytest.mark.parametrize("count", [1, 5, 18])
def test_of_too_few_images_it_is_the_largest_score(count: int) -> None:
    scores = np.random.default_rng(0).normal(size=count)
    assert threshold_of(scores, 0.05) == scores.max()


def test_the_scores_order_does_not_matter() -> None:
    scores = np.random.default_rng(0).gamma(2, size=101)
    assert threshold_of(scores, 0.1) == threshold_of(np.sort(scores)[::-1], 0.1)


def test_the_threshold_follows_any_increasing_change_of_scale() -> None:
    scores = np.random.default_rng(0).normal(size=333)
    assert threshold_of(np.exp(3 * scores), 0.07) == np.exp(3 * threshold_of(scores, 0.07))


def test_no_image_at_all_is_an_error() -> None:
    with pytest.raises(HourglassError, match="needs held-out normal images, and there are none"):
        threshold_of(np.array([]), 0.05)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_held_out_score_that_is_no_number_is_an_error(value: float) -> None:
    with pytest.raises(HourglassError, match="2 anomaly scores are NaN or infinite"):
        threshold_of(np.array([0.1, value, 0.3, value]), 0.05)
