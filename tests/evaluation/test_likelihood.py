"""Bounds on the likelihood of a linear-Gaussian model, whose exact likelihood is known.

z ~ N(0, I), x|z ~ N(Wz, s²I), so that x ~ N(0, WWᵗ + s²I) and the posterior is normal too.
"""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

from hourglass.evaluation.likelihood import importance_weighted_bound, measure

Array = NDArray[np.floating]

IMAGES, PIXELS, LATENT, NOISE = 40, 6, 2, 0.5
WEIGHTS = np.random.default_rng(0).normal(size=(PIXELS, LATENT))
COVARIANCE = WEIGHTS @ WEIGHTS.T + NOISE**2 * np.eye(PIXELS)
X = np.random.default_rng(1).multivariate_normal(np.zeros(PIXELS), COVARIANCE, IMAGES)
EXACT = np.asarray(multivariate_normal(np.zeros(PIXELS), COVARIANCE).logpdf(X))
POSTERIOR = np.linalg.inv(np.eye(LATENT) + WEIGHTS.T @ WEIGHTS / NOISE**2)
MEANS = X @ WEIGHTS @ POSTERIOR / NOISE**2


def log_joint(z: Array) -> Array:
    """log p(x, z) of draws (IMAGES, K, LATENT): (IMAGES, K)."""
    prior, likelihood = norm.logpdf(z), norm.logpdf(X[:, None], z @ WEIGHTS.T, NOISE)
    return np.asarray(prior).sum(-1) + np.asarray(likelihood).sum(-1)


def log_weights(draws: int, seed: int, spread: float = 1.0) -> Array:
    """log p(x, z) - log q(z|x) with z from a diagonal q whose deviations are off by a factor `spread`: (N, draws)."""
    deviations = spread * np.sqrt(np.diag(POSTERIOR))
    z = MEANS[:, None] + deviations * np.random.default_rng(seed).normal(size=(IMAGES, draws, LATENT))
    return log_joint(z) - np.asarray(norm.logpdf(z, MEANS[:, None], deviations)).sum(-1)


def test_many_draws_give_the_exact_likelihood() -> None:
    np.testing.assert_allclose(importance_weighted_bound(log_weights(20_000, 0, spread=1.5)), EXACT, atol=0.05)


def test_draws_of_the_exact_posterior_give_it_at_once() -> None:
    """Every weight then is p(x) itself."""
    z = MEANS[:, None] + np.random.default_rng(0).multivariate_normal(np.zeros(LATENT), POSTERIOR, (IMAGES, 3))
    weights = log_joint(z) - multivariate_normal(np.zeros(LATENT), POSTERIOR).logpdf(z - MEANS[:, None])
    np.testing.assert_allclose(importance_weighted_bound(weights[:, :1]), EXACT, atol=1e-9)
    np.testing.assert_allclose(importance_weighted_bound(weights), EXACT, atol=1e-9)


def test_one_draw_is_the_elbo() -> None:
    """Its mean over draws is log p(x) - KL(q || posterior), which is known for two normal distributions."""
    weights = log_weights(1, 0)
    np.testing.assert_array_equal(importance_weighted_bound(weights), weights[:, 0])
    variances = np.diag(POSTERIOR)
    kl = 0.5 * (
        np.trace(np.linalg.solve(POSTERIOR, np.diag(variances)))
        - LATENT
        + np.log(np.linalg.det(POSTERIOR) / variances.prod())
    )
    elbo = np.mean([importance_weighted_bound(log_weights(1, seed)).mean() for seed in range(300)])
    assert kl > 0.05
    assert elbo == pytest.approx(EXACT.mean() - kl, abs=0.02)


def test_the_bound_rises_with_the_draws_and_stays_below() -> None:
    means = [
        np.mean([importance_weighted_bound(log_weights(draws, seed, spread=2)).mean() for seed in range(50)])
        for draws in (1, 3, 10, 100)
    ]
    assert means == sorted(means)
    assert means[0] < means[-1] - 0.3
    assert means[-1] < EXACT.mean() + 0.02


def test_weights_far_beyond_what_exp_can_hold() -> None:
    """Hundreds of nats either way, single precision in, and a draw that cannot be."""
    weights = log_weights(50, 0)
    np.testing.assert_allclose(importance_weighted_bound(weights - 2000), importance_weighted_bound(weights) - 2000)
    np.testing.assert_allclose(importance_weighted_bound(weights + 2000), importance_weighted_bound(weights) + 2000)
    single = weights.astype(np.float32) - np.float32(300)
    expected = logsumexp(single.astype(np.float64), axis=1) - np.log(50)
    np.testing.assert_allclose(importance_weighted_bound(single), expected, rtol=1e-12)
    impossible = np.array([[-np.inf, np.log(3.0)]])
    np.testing.assert_allclose(importance_weighted_bound(impossible), np.log(1.5))


def test_the_mean_over_images_and_its_interval() -> None:
    found = measure(EXACT, seed=0)
    assert found["iwae_nats"] == pytest.approx(-EXACT.mean())
    half = 1.96 * EXACT.std() / np.sqrt(IMAGES)
    assert found["iwae_nats_ci"] == pytest.approx([-EXACT.mean() - half, -EXACT.mean() + half], abs=0.25 * half)
    assert measure(EXACT, seed=0) == found
