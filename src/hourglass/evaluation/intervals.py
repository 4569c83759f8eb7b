"""95% intervals."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, bootstrap, norm, rankdata

from hourglass.core.errors import HourglassError

RESAMPLES = 1000
# Resamples held in memory at a time, and how many numbers they may be made of: of many images, fewer are held.
BATCH, NUMBERS = 50, 500_000


def mean_interval(values: NDArray[np.floating], seed: int) -> list[float]:
    """[low, high] of the mean of `values` (N,), by the bootstrap."""
    found = bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        batch=max(1, min(BATCH, NUMBERS // len(values))),
        vectorized=True,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    low, high = found.confidence_interval
    return [float(low), float(high)]


def share_interval(hits: NDArray[np.bool_]) -> list[float]:
    """[low, high] of the share of `hits` (N,) that are true (Wilson, 1927).

    Unlike the bootstrap, it leaves a doubt where all are true, or none.
    """
    low, high = binomtest(int(hits.sum()), len(hits)).proportion_ci(method="wilson")
    return [float(low), float(high)]


def auc_interval(ordinary: NDArray[np.floating], strange: NDArray[np.floating]) -> list[float]:
    """[low, high] of the ROC-AUC of two samples of scores, (N,) and (M,).

    In closed form, which a thousand resamples agree with and take a thousand times as long: the variance of the share
    of the other sample that each score lies above, over each sample.

    Raises:
        HourglassError: a sample has fewer than two scores.

    Source: DeLong et al. (1988), "Comparing the areas under two or more correlated ROC curves"; by ranks, Sun and Xu
    (2014), "Fast implementation of DeLong's algorithm".
    """
    n, m = len(ordinary), len(strange)
    if min(n, m) < 2:
        raise HourglassError(
            f"how sure a ROC-AUC is takes two scores of each kind; there are {n} normal and {m} others"
        )
    ranks = rankdata(np.concatenate([ordinary, strange]))
    below = (ranks[n:] - rankdata(strange)) / n  # of ordinary scores, for each strange one; ties count half
    above = 1 - (ranks[:n] - rankdata(ordinary)) / m
    error = np.sqrt(below.var(ddof=1) / m + above.var(ddof=1) / n)
    low, high = np.clip(below.mean() + norm.ppf([0.025, 0.975]) * error, 0, 1)
    return [float(low), float(high)]
