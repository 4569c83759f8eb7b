"""New codes for a decoder, and how much what it makes of them resembles real images.

Images are compared by features (N, D): what a classifier makes of them before its last layer.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, svdvals
from scipy.spatial.distance import cdist
from scipy.stats import t
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors

from hourglass.evaluation.intervals import share_interval

Array = NDArray[np.floating]

# Bounds that keep time and memory flat: codes a density is fitted to, features that are judged, and real ones.
FITTED, JUDGED, REAL = 10_000, 2_000, 5_000
# Of each of two sets whose Fréchet distance is taken, at most.
COMPARED = 10_000
# The neighbourhood of a real image reaches to its third nearest.
NEAREST = 3
# Groups of images that are left out in turn.
GROUPS = 20


def fit_mixture(codes: Array, components: int, seed: int) -> GaussianMixture:
    """Fit normal distributions with full covariances to the first 10,000 of codes (N, D), by EM.

    A decoder that was trained without a prior becomes a generator this way (Ghosh et al., 2020, "From variational
    to deterministic autoencoders").

    Args:
        seed: decides on the k-means start.
    """
    mixture = GaussianMixture(components, random_state=seed)
    return mixture.fit(codes[:FITTED].astype(np.float64))


def fit_gaussian(codes: Array) -> GaussianMixture:
    """The mean and covariance of the first 10,000 of codes (N, D): a mixture of one, which leaves nothing to chance."""
    return fit_mixture(codes, components=1, seed=0)


def draw(mixture: GaussianMixture, count: int, seed: int) -> NDArray[np.float32]:
    """`count` codes (count, D) from a fitted distribution, in random order."""
    mixture.set_params(random_state=seed)
    codes, _ = mixture.sample(count)
    # scikit-learn returns one component after the other; the first draws are to be like all of them.
    return np.random.default_rng(seed).permutation(codes).astype(np.float32)


def frechet(a: Array, b: Array) -> float:
    """|m_a - m_b|² + tr(C_a + C_b - 2 (C_a C_b)^½), m and C the means and covariances of features (N, D), (M, D).

    The squared Fréchet distance between the normal distributions fitted to two sets (Heusel et al., 2017, "GANs
    trained by a two time-scale update rule"). From 0, for equal sets. It falls as sets grow, so that only figures
    from sets of the same sizes and features compare.
    """
    shift = np.square(a.mean(0, dtype=np.float64) - b.mean(0, dtype=np.float64)).sum()
    roots = _root(a), _root(b)
    # With C = R Rᵗ, the trace of (C_a C_b)^½ is the sum of the singular values of R_aᵗ R_b.
    common = svdvals(roots[0].T @ roots[1]).sum()
    return max(float(shift + sum(np.square(root).sum() for root in roots) - 2 * common), 0.0)


def _root(features: Array) -> NDArray[np.float64]:
    """R (D, D) with R Rᵗ the covariance of features (N, D)."""
    values, vectors = eigh(np.atleast_2d(np.cov(features, rowvar=False, dtype=np.float64)))
    return vectors * np.sqrt(values.clip(0))


def frechet_interval(a: Array, b: Array, seed: int) -> list[float]:
    """95% interval of `frechet(a, b)`, for sets of these sizes: a jackknife over 20 groups of each set.

    Not the bootstrap: its resamples repeat images, which alone lifts the distance, often above all of the interval.

    Args:
        seed: decides who is in which group.
    """
    random = np.random.default_rng(seed)
    parts = [np.array_split(random.permutation(len(features)), GROUPS) for features in (a, b)]
    without = np.array(
        [
            [frechet(np.delete(a, part, 0), b) for part in parts[0]],
            [frechet(a, np.delete(b, part, 0)) for part in parts[1]],
        ]
    )
    error = np.sqrt((GROUPS - 1) * without.var(axis=1).sum())
    half, middle = float(t.ppf(0.975, GROUPS - 1) * error), frechet(a, b)
    return [max(middle - half, 0.0), middle + half]


def conditional_accuracy(predicted: NDArray[np.int64], wanted: NDArray[np.int64]) -> dict[str, Any]:
    """Compare the classes (N,) that a classifier sees in generated images with those they were to show (N,).

    Returns:
        conditional_accuracy: share that agree; conditional_accuracy_ci: its 95% interval.
    """
    hits = predicted == wanted
    return {"conditional_accuracy": float(hits.mean()), "conditional_accuracy_ci": share_interval(hits)}


def realism(features: Array, real: Array) -> dict[str, Any]:
    """Say how many images lie where real ones do, by features (N, D) and real images' features (M, D).

    An image lies there if for any real image it is no farther from it than that one's third nearest real image:
    precision of Kynkäänniemi et al. (2019), "Improved precision and recall metric for assessing generative models".

    Returns:
        realism: share of the first 2,000 that lie among the first 5,000 real ones. Held-out real images show what
            is natural; blurred ones may exceed it, as they keep to the middle of the crowd.
        realism_ci: its 95% interval, given the real images.
    """
    features, real = features[:JUDGED], real[:REAL]
    # Asked for the neighbours of none in particular, scikit-learn does not take a point for its own neighbour.
    radii = NearestNeighbors(n_neighbors=NEAREST, algorithm="brute").fit(real).kneighbors()[0][:, -1]
    inside = (cdist(features, real) <= radii).any(axis=1)
    return {"realism": float(inside.mean()), "realism_ci": share_interval(inside)}
