"""From scores of normal images to a threshold with a stated false-alarm rate."""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hourglass.core.errors import HourglassError


def threshold_of(scores: NDArray[np.floating], false_alarm_rate: float) -> float:
    """The score that a new normal image exceeds with probability `false_alarm_rate`, or less.

    The k-th smallest of N scores of held-out normal images, k = ceil((N + 1) (1 - rate)): a new image's rank among
    them is uniform, so the promise holds on average over draws of the held-out images, whatever scores look like
    (split conformal prediction; Vovk et al., 2005). It holds but approximately where the same images have also scaled
    the scores. With fewer than 1 / rate - 1 images k is beyond the last: then it is the largest score, and the promise
    is not kept. On one draw the rate scatters by sqrt(rate (1 - rate) / N).

    Raises:
        HourglassError: there are no scores, or one is NaN or infinite.
    """
    require_finite(scores)
    if not len(scores):
        raise HourglassError("a threshold needs held-out normal images, and there are none")
    # Of floats, (99 + 1) (1 - 0.45) is 55.00000000000001, one rank too many.
    rank = math.ceil((len(scores) + 1) * (1 - Fraction(str(false_alarm_rate))))
    return float(np.sort(scores)[min(rank, len(scores)) - 1])


def require_finite(scores: NDArray[np.floating]) -> None:
    """Raise HourglassError if a score is NaN or infinite."""
    if not np.isfinite(scores).all():
        raise HourglassError(f"{np.count_nonzero(~np.isfinite(scores))} anomaly scores are NaN or infinite")
