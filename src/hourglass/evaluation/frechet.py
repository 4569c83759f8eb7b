"""The Fréchet distance between two sets of images, by their features."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, svdvals
from scipy.stats import t

from hourglass.core.metrics import Estimate

Features = NDArray[np.floating]

# Images of each set, at most: time and memory stay flat.
COMPARED = 10_000
# Groups of images that are left out in turn.
GROUPS = 20


@dataclass(frozen=True)
class Normal:
    """A normal distribution: mean (D,), and R (D, D) with R Rᵗ the covariance."""

    mean: NDArray[np.float64]
    root: NDArray[np.float64]


def distance(a: Features, b: Features) -> float:
    """|m_a - m_b|² + tr(C_a + C_b - 2 (C_a C_b)^½), m and C the means and covariances of features (N, D), (M, D).

    The squared Fréchet distance between the normal distributions fitted to two sets (Heusel et al., 2017, "GANs
    trained by a two time-scale update rule"). It is 0 for equal sets. It falls as sets grow, so only distances from
    sets of the same sizes and features compare.
    """
    return _between(_fit(a), _fit(b))


def distance_estimate(a: Features, b: Features, seed: int) -> Estimate:
    """`distance(a, b)` with an interval for sets of these sizes: a jackknife over 20 groups of each set.

    Not the bootstrap: its resamples repeat images, which alone increases the distance, often beyond the interval.

    Args:
        seed: decides which image is in which group.
    """
    random = np.random.default_rng(seed)
    parts = [np.array_split(random.permutation(len(features)), GROUPS) for features in (a, b)]
    fitted = _fit(a), _fit(b)
    without = np.array(
        [
            [_between(part, fitted[1]) for part in fit_without_each(a, parts[0])],
            [_between(fitted[0], part) for part in fit_without_each(b, parts[1])],
        ]
    )
    error = np.sqrt((GROUPS - 1) * without.var(axis=1).sum())
    half, value = float(t.ppf(0.975, GROUPS - 1) * error), _between(*fitted)
    return Estimate(value, max(value - half, 0.0), value + half)


def fit_without_each(features: Features, groups: Sequence[NDArray[np.integer]]) -> Iterator[Normal]:
    """Fit features (N, D) without one group of rows after the other.

    Sums over groups are taken once and subtracted, instead of going through all features for every group.
    """
    mean = features.mean(0, dtype=np.float64)
    shifted = features - mean  # near zero, so that subtracting sums loses no digits
    sums = [shifted[group].sum(0) for group in groups]
    squares = [shifted[group].T @ shifted[group] for group in groups]
    total, total_squares = np.sum(sums, axis=0), np.sum(squares, axis=0)
    for group, part, part_squares in zip(groups, sums, squares, strict=True):
        count = len(features) - len(group)
        shift = (total - part) / count
        covariance = (total_squares - part_squares - count * np.outer(shift, shift)) / (count - 1)
        yield Normal(mean + shift, _root(covariance))


def _fit(features: Features) -> Normal:
    covariance = np.atleast_2d(np.cov(features, rowvar=False, dtype=np.float64))
    return Normal(features.mean(0, dtype=np.float64), _root(covariance))


def _between(a: Normal, b: Normal) -> float:
    shift = np.square(a.mean - b.mean).sum()
    # With C = R Rᵗ, the trace of (C_a C_b)^½ is the sum of the singular values of R_aᵗ R_b.
    common = svdvals(a.root.T @ b.root).sum()
    return max(float(shift + np.square(a.root).sum() + np.square(b.root).sum() - 2 * common), 0.0)


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """R (D, D) with R Rᵗ = `covariance`."""
    values, vectors = eigh(covariance)
    return vectors * np.sqrt(values.clip(0))
