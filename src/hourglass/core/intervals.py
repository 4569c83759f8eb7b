"""Metrics with 95% intervals."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, bootstrap, norm, rankdata

from hourglass.core.errors import HourglassError
from hourglass.core.metrics import Estimate

RESAMPLES = 1000
# Resamples held in memory at a time, and the most values that these may have together.
BATCH, VALUES = 50, 500_000


def mean_estimate(values: NDArray[np.floating], seed: int) -> Estimate:
    """Mean of `values` (N,) with a bootstrap interval (percentiles of 1,000 resamples)."""
    found = bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        batch=max(1, min(BATCH, VALUES // len(values))),
        vectorized=True,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    low, high = found.confidence_interval
    return Estimate(float(np.mean(values)), float(low), float(high))


def share_estimate(hits: NDArray[np.bool_]) -> Estimate:
    """Share of `hits` (N,) that are true, with Wilson's interval (1927).

    Unlike the bootstrap, the interval has a width even where all are true, or none.
    """
    low, high = binomtest(int(hits.sum()), len(hits)).proportion_ci(method="wilson")
    return Estimate(float(hits.mean()), float(low), float(high))


def auc_interval(normal: NDArray[np.floating], anomalous: NDArray[np.floating]) -> tuple[float, float]:
    """95% interval (low, high) of the ROC-AUC of two samples of scores, (N,) and (M,), in closed form.

    It agrees with a bootstrap of 1,000 resamples at a thousandth of the time.

    Raises:
        HourglassError: a sample has fewer than two scores.

    Source: DeLong et al. (1988), "Comparing the areas under two or more correlated ROC curves"; by ranks, Sun and Xu
    (2014), "Fast implementation of DeLong's algorithm".
    """
    n, m = len(normal), len(anomalous)
    if min(n, m) < 2:
        raise HourglassError(
            f"the interval of a ROC-AUC needs two scores of each kind; there are {n} normal and {m} anomalous ones"
        )
    ranks = rankdata(np.concatenate([normal, anomalous]))
    below = (ranks[n:] - rankdata(anomalous)) / n  # share of normal scores below each anomalous one; ties count half
    above = 1 - (ranks[:n] - rankdata(normal)) / m
    error = np.sqrt(below.var(ddof=1) / m + above.var(ddof=1) / n)
    low, high = np.clip(below.mean() + norm.ppf([0.025, 0.975]) * error, 0, 1)
    return float(low), float(high)
