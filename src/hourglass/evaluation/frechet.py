"""The Fréchet distance between two sets of images, by their features."""

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


def distance(a: Features, b: Features) -> float:
    """|m_a - m_b|² + tr(C_a + C_b - 2 (C_a C_b)^½), m and C the means and covariances of features (N, D), (M, D).

    The squared Fréchet distance between the normal distributions fitted to two sets (Heusel et al., 2017, "GANs
    trained by a two time-scale update rule"). It is 0 for equal sets. It falls as sets grow, so only distances from
    sets of the same sizes and features compare.
    """
    shift = np.square(a.mean(0, dtype=np.float64) - b.mean(0, dtype=np.float64)).sum()
    roots = _root(a), _root(b)
    # With C = R Rᵗ, the trace of (C_a C_b)^½ is the sum of the singular values of R_aᵗ R_b.
    common = svdvals(roots[0].T @ roots[1]).sum()
    return max(float(shift + sum(np.square(root).sum() for root in roots) - 2 * common), 0.0)


def distance_estimate(a: Features, b: Features, seed: int) -> Estimate:
    """`distance(a, b)` with an interval for sets of these sizes: a jackknife over 20 groups of each set.

    Not the bootstrap: its resamples repeat images, which alone increases the distance, often beyond the interval.

    Args:
        seed: decides which image is in which group.
    """
    random = np.random.default_rng(seed)
    parts = [np.array_split(random.permutation(len(features)), GROUPS) for features in (a, b)]
    without = np.array(
        [
            [distance(np.delete(a, part, 0), b) for part in parts[0]],
            [distance(a, np.delete(b, part, 0)) for part in parts[1]],
        ]
    )
    error = np.sqrt((GROUPS - 1) * without.var(axis=1).sum())
    half, value = float(t.ppf(0.975, GROUPS - 1) * error), distance(a, b)
    return Estimate(value, max(value - half, 0.0), value + half)


def _root(features: Features) -> NDArray[np.float64]:
    """R (D, D) with R Rᵗ the covariance of features (N, D)."""
    values, vectors = eigh(np.atleast_2d(np.cov(features, rowvar=False, dtype=np.float64)))
    return vectors * np.sqrt(values.clip(0))
