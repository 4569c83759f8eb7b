"""Points with a given distribution."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def normal(count: int, seed: int, mean: float = 0, deviations: tuple[float, ...] = (1, 1, 1)) -> Array:
    return np.random.default_rng(seed).normal(mean, deviations, (count, len(deviations)))


def exact(count: int, mean: Array, covariance: Array) -> Array:
    """Points whose own mean and covariance are exactly these."""
    points = normal(count, 0, deviations=(1,) * len(mean))
    points -= points.mean(0)
    whitened = points @ np.linalg.inv(np.linalg.cholesky(np.cov(points, rowvar=False))).T
    return np.asarray(whitened @ np.linalg.cholesky(covariance).T + mean)
