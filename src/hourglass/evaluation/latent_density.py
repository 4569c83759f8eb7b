"""Densities fitted to latent codes, which turn a decoder without a prior into a generator.

Source: Ghosh et al. (2020), "From variational to deterministic autoencoders".
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture

Codes = NDArray[np.floating]

# Latent codes that a density is fitted to: time and memory stay flat.
FITTED = 10_000


def fit_mixture(codes: Codes, components: int, seed: int) -> GaussianMixture:
    """Normal distributions with full covariances, fitted by EM to the first 10,000 of latent codes (N, D).

    Args:
        seed: decides on the k-means start.
    """
    mixture = GaussianMixture(components, random_state=seed)
    return mixture.fit(codes[:FITTED].astype(np.float64))


def fit_gaussian(codes: Codes) -> GaussianMixture:
    """Mean and covariance of the first 10,000 of latent codes (N, D), as a mixture of one; no seed matters."""
    return fit_mixture(codes, components=1, seed=0)


def draw(density: GaussianMixture, count: int, seed: int) -> NDArray[np.float32]:
    """Latent codes (count, D) from a fitted density, in random order."""
    density.set_params(random_state=seed)
    codes, _ = density.sample(count)
    # scikit-learn returns one component after the other; the first draws should be like all of them.
    return np.random.default_rng(seed).permutation(codes).astype(np.float32)
