"""Compare two detectors on the same images."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from hourglass.core.metrics import Estimate

Scores = NDArray[np.floating]


def auc_difference(first: Scores, second: Scores, anomalous: NDArray[np.bool_]) -> Estimate:
    """ROC-AUC of `second` less that of `first`, with its 95% interval in closed form.

    The images are the same, so what both find easy or hard cancels: the interval is narrower than that of two samples.

    Args:
        first, second: scores (N,), higher is more anomalous. anomalous: (N,), the truth; at least two of each kind.

    Source: DeLong et al. (1988), "Comparing the areas under two or more correlated ROC curves"; by ranks, Sun and Xu
    (2014), "Fast implementation of DeLong's algorithm".
    """
    (above, below), (other_above, other_below) = (_placements(scores, anomalous) for scores in (second, first))
    by_anomaly, by_normal = above - other_above, below - other_below
    error = np.sqrt(by_anomaly.var(ddof=1) / len(by_anomaly) + by_normal.var(ddof=1) / len(by_normal))
    value = by_anomaly.mean()
    low, high = np.clip(value + norm.ppf([0.025, 0.975]) * error, -1, 1)
    return Estimate(float(value), float(low), float(high))


def _placements(scores: Scores, anomalous: NDArray[np.bool_]) -> tuple[Scores, Scores]:
    """The share of normal images below each anomaly, and of anomalies above each normal image; ties count half."""
    normal, abnormal = scores[~anomalous], scores[anomalous]
    ranks = rankdata(np.concatenate([normal, abnormal]))
    above = (ranks[len(normal) :] - rankdata(abnormal)) / len(normal)
    below = 1 - (ranks[: len(normal)] - rankdata(normal)) / len(abnormal)
    return above, below
