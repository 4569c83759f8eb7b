"""Thresholds with a target false-positive rate, from anomaly scores of normal images."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet

Scores = NDArray[np.floating]


def conformal(scores: Scores, false_positive_rate: float) -> float:
    """The score that a new normal image exceeds with probability `false_positive_rate`, or less.

    The k-th smallest of N scores of calibration images, k = ceil((N + 1) (1 - rate)). A new image's rank among them is
    uniform, so the rate holds on average over draws of the calibration images, whatever the distribution of scores. It
    holds approximately where the same images also standardise the scores. On one draw the rate scatters by
    sqrt(rate (1 - rate) / N). With fewer than 1 / rate - 1 images k is beyond the last: then it is the largest score,
    and the rate is exceeded.

    Raises:
        HourglassError: there are no scores, or one is NaN or infinite.

    Source: Vovk et al. (2005), "Algorithmic learning in a random world" (split conformal prediction).
    """
    require_finite(scores)
    if not len(scores):
        raise HourglassError("a threshold needs normal calibration images, and there are none")
    # Of floats, (99 + 1) (1 - 0.45) is 55.00000000000001, one rank too many.
    rank = math.ceil((len(scores) + 1) * (1 - Fraction(str(false_positive_rate))))
    return float(np.sort(scores)[min(rank, len(scores)) - 1])


def least_images(false_positive_rate: float) -> int:
    """How many calibration images a threshold with that target needs; with fewer, the rate is exceeded."""
    return math.ceil(1 / Fraction(str(false_positive_rate)) - 1)


def too_few(count: int, rate: float) -> str | None:
    """What is wrong with a target rate for that many calibration images, or None."""
    least = least_images(rate)
    if count >= least:
        return None
    return (
        f"a false-positive rate of {rate:g} needs at least {least} calibration images, and there are {count}; the "
        "threshold is the largest of their scores, which more normal images exceed"
    )


def p_values(scores: Scores, calibration: Scores) -> NDArray[np.float64]:
    """The probability that a normal image scores as high as each of `scores` (N,), or higher: (N,) in (0, 1].

    p = (1 + number of calibration scores >= the score) / (1 + number of calibration scores). The image itself counts as
    one of its kind: for a normal one, p <= r has probability r or less. A score is above `conformal`'s threshold
    exactly if its p is at most the target rate, where there are enough calibration scores and no ties.

    Args:
        calibration: scores (M,) of calibration images, ascending.

    Source: as of `conformal`.
    """
    as_high = len(calibration) - np.searchsorted(calibration, scores, side="left")
    return (1 + as_high) / (1 + len(calibration))


def cross_scores(score: Callable[[ImageSet, ImageSet], Scores], train: ImageSet) -> Scores:
    """Scores of all normal training images (M,), each by networks that were not trained on it.

    They set a cross-conformal threshold.

    A few hundred calibration images fix a false-positive rate of 5% only to a point or two. So networks are trained on
    either half of the training images and score the other half, at the price of one more training of full length.
    Scores are standardised on the same calibration images, so the two detectors can be compared. That networks trained
    on half of the images score alike is an assumption, which false-positive rates on test images check.

    Args:
        score: (images, others) -> scores of the others (M,) by a detector whose networks were trained on the images.

    Raises:
        HourglassError: there are fewer than four images.

    Source: Vovk (2015), "Cross-conformal predictors", with two folds.
    """
    if len(train) < 4:
        raise HourglassError(
            f"a cross-conformal threshold needs at least four normal training images; there are {len(train)}"
        )
    even, odd = (train.subset(slice(first, None, 2)) for first in (0, 1))
    return np.concatenate([score(even, odd), score(odd, even)])


def require_finite(scores: Scores) -> None:
    """Raise HourglassError if a score is NaN or infinite."""
    if not np.isfinite(scores).all():
        raise HourglassError(f"{np.count_nonzero(~np.isfinite(scores))} anomaly scores are NaN or infinite")
