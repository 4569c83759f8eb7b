"""95% intervals."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, bootstrap

RESAMPLES = 1000
# Resamples held in memory at a time, and how many numbers they may be made of: of many images, fewer are held.
BATCH, NUMBERS = 50, 500_000


def mean_interval(values: NDArray[np.floating], seed: int) -> list[float]:
    """[low, high] of the mean of `values` (N,), by the bootstrap."""
    return percentile_interval((values,), np.mean, seed)


def share_interval(hits: NDArray[np.bool_]) -> list[float]:
    """[low, high] of the share of `hits` (N,) that are true (Wilson, 1927).

    Unlike the bootstrap, it leaves a doubt where all are true, or none.
    """
    low, high = binomtest(int(hits.sum()), len(hits)).proportion_ci(method="wilson")
    return [float(low), float(high)]


def percentile_interval(samples: tuple[NDArray[np.floating], ...], statistic: Any, seed: int) -> list[float]:
    """[low, high] of `statistic(*samples, axis=-1)`, each sample resampled on its own, by the bootstrap."""
    found = bootstrap(
        samples,
        statistic,
        n_resamples=RESAMPLES,
        batch=max(1, min(BATCH, NUMBERS // sum(map(len, samples)))),
        vectorized=True,
        paired=False,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    low, high = found.confidence_interval
    return [float(low), float(high)]
