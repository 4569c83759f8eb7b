"""Bounds on the likelihood: of a linear-Gaussian model, whose exact likelihood is known, and of networks.

z ~ N(0, I), x|z ~ N(Wz, s²I), so that x ~ N(0, WWᵗ + s²I) and the posterior is normal too.
"""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm
from torch.distributions import Normal

from hourglass.core.intervals import mean_estimate
from hourglass.data.imageset import ImageSet
from hourglass.evaluation.context import Context
from hourglass.evaluation.measures.likelihood import (
    applies,
    bounds,
    difference_estimator,
    importance_weighted_bound,
    log_normal,
    log_weights,
    metrics,
)
from hourglass.evaluation.reference_classifier import untrained
from hourglass.models.build import build
from hourglass.models.losses import image_distance
from hourglass.models.variational import Variational

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


def exact_weights(draws: int, seed: int, spread: float = 1.0) -> Array:
    """log p(x, z) - log q(z|x) with z from a diagonal q whose deviations are off by a factor `spread`: (N, draws)."""
    deviations = spread * np.sqrt(np.diag(POSTERIOR))
    z = MEANS[:, None] + deviations * np.random.default_rng(seed).normal(size=(IMAGES, draws, LATENT))
    return log_joint(z) - np.asarray(norm.logpdf(z, MEANS[:, None], deviations)).sum(-1)


def test_many_draws_give_the_exact_likelihood() -> None:
    np.testing.assert_allclose(importance_weighted_bound(exact_weights(20_000, 0, spread=1.5)), EXACT, atol=0.05)


def test_draws_of_the_exact_posterior_give_it_at_once() -> None:
    """Every weight then is p(x) itself."""
    z = MEANS[:, None] + np.random.default_rng(0).multivariate_normal(np.zeros(LATENT), POSTERIOR, (IMAGES, 3))
    weights = log_joint(z) - multivariate_normal(np.zeros(LATENT), POSTERIOR).logpdf(z - MEANS[:, None])
    np.testing.assert_allclose(importance_weighted_bound(weights[:, :1]), EXACT, atol=1e-9)
    np.testing.assert_allclose(importance_weighted_bound(weights), EXACT, atol=1e-9)


def test_one_draw_of_a_linear_model_is_its_elbo() -> None:
    """Its mean over draws is log p(x) - KL(q || posterior), which is known for two normal distributions."""
    weights = exact_weights(1, 0)
    np.testing.assert_array_equal(importance_weighted_bound(weights), weights[:, 0])
    variances = np.diag(POSTERIOR)
    kl = 0.5 * (
        np.trace(np.linalg.solve(POSTERIOR, np.diag(variances)))
        - LATENT
        + np.log(np.linalg.det(POSTERIOR) / variances.prod())
    )
    elbo = np.mean([importance_weighted_bound(exact_weights(1, seed)).mean() for seed in range(300)])
    assert kl > 0.05
    assert elbo == pytest.approx(EXACT.mean() - kl, abs=0.02)


def test_the_bound_rises_with_the_draws_and_stays_below() -> None:
    means = [
        np.mean([importance_weighted_bound(exact_weights(draws, seed, spread=2)).mean() for seed in range(50)])
        for draws in (1, 3, 10, 100)
    ]
    assert means == sorted(means)
    assert means[0] < means[-1] - 0.3
    assert means[-1] < EXACT.mean() + 0.02


def test_weights_beyond_the_range_of_exp() -> None:
    """Hundreds of nats either way, single precision in, and a draw that cannot be."""
    weights = exact_weights(50, 0)
    np.testing.assert_allclose(importance_weighted_bound(weights - 2000), importance_weighted_bound(weights) - 2000)
    np.testing.assert_allclose(importance_weighted_bound(weights + 2000), importance_weighted_bound(weights) + 2000)
    single = weights.astype(np.float32) - np.float32(300)
    expected = logsumexp(single.astype(np.float64), axis=1) - np.log(50)
    np.testing.assert_allclose(importance_weighted_bound(single), expected, rtol=1e-12)
    impossible = np.array([[-np.inf, np.log(3.0)]])
    np.testing.assert_allclose(importance_weighted_bound(impossible), np.log(1.5))


SHAPE = (1, 4, 4)
GREY = ImageSet(np.random.default_rng(0).integers(0, 256, (25, *SHAPE), dtype=np.uint8), np.arange(25) % 3)
BINARY = ImageSet(np.where(GREY[:] > 127, 255, 0).astype(np.uint8), GREY.labels)


@pytest.fixture
def images() -> Context:
    return Context(GREY, GREY, GREY, untrained(SHAPE, 3, seed=0), {}, importance_samples=7, seed=5)


def model(module: str = "vae") -> Variational:
    own = {"classes": 3} if module == "cvae" else {}
    found = build(module, {"latent_dim": 2, "hidden": [8], "loss": "bce", **own}, SHAPE, seed=0).eval()
    assert isinstance(found, Variational)
    return found


def test_log_normal_is_the_density() -> None:
    mean, logvar, z = torch.randn(3, 6, 4, generator=torch.Generator().manual_seed(0))
    expected = Normal(mean, (logvar / 2).exp()).log_prob(z).sum(1)
    torch.testing.assert_close(log_normal(z, mean, logvar), expected)
    one = Normal(mean, (logvar[:, :1] / 2).exp()).log_prob(z).sum(1)
    torch.testing.assert_close(log_normal(z, mean, logvar[:, :1]), one)


def test_bound_equals_the_integral_over_the_codes() -> None:
    """With two latent dimensions, log p(x) can be summed over a fine grid; many draws come close to it."""
    vae = model()
    found = bounds(vae, BINARY, k=40_000, seed=5)
    axis = torch.linspace(-6, 6, 241)
    z = torch.cartesian_prod(axis, axis)
    step = (axis[1] - axis[0]).item()
    with torch.inference_mode():
        prior = Normal(0.0, 1.0).log_prob(z).sum(1) + 2 * math.log(step)
        decoded = vae.decode(z)
        x, _ = BINARY.batch(slice(None))
        expected = [torch.logsumexp(prior - image_distance(decoded, one.expand_as(decoded), "bce"), 0) for one in x]
    np.testing.assert_allclose(found, torch.stack(expected).numpy(), atol=0.02)


@pytest.mark.parametrize("module", ["vae", "cvae"])
def test_one_draw_is_the_elbo(module: str) -> None:
    """On average over many draws: the training loss of the same binary images."""
    network = model(module)
    x, labels = BINARY.batch(slice(None))
    y = network.condition(labels)
    with torch.inference_mode():
        weights = log_weights(network, x, y, 3000, torch.Generator().manual_seed(5))
        generator = torch.Generator().manual_seed(0)
        elbos = [-torch.stack(list(network.loss(x, y, generator).values())).sum(0) for _ in range(3000)]
    np.testing.assert_allclose(weights.mean(1), torch.stack(elbos).mean(0).numpy(), atol=0.1)


def test_metrics_are_the_mean_cost_with_its_interval(images: Context) -> None:
    found = metrics(model(), images)
    assert (found.k, found.images) == (7, 25)
    assert 0 < found.iwae_nats.low < found.iwae_nats.value < found.iwae_nats.high
    costs = -bounds(model(), images.test, k=7, seed=images.seed)
    assert found.iwae_nats == mean_estimate(costs, images.seed)
    assert metrics(model(), images) == found


def test_pixels_become_zero_or_one(images: Context) -> None:
    seen: list[torch.Tensor] = []
    network = model()
    network.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    metrics(network, images)
    assert torch.cat(seen).unique().tolist() == [0, 1]
    assert sum(map(len, seen)) == 2 * 25, "all images with one code, and the first with seven"


def test_likelihood_applies_where_pixels_have_a_probability() -> None:
    assert applies(model())
    assert not applies(build("vae", {"latent_dim": 2, "hidden": [8], "loss": "mse"}, SHAPE, seed=0))
    assert not applies(build("vanilla", {"latent_dim": 2, "loss": "bce"}, SHAPE, seed=0))


def test_difference_estimator_is_exact_where_all_differences_are_known() -> None:
    values, differences = np.random.default_rng(0).normal(size=(2, 50))
    np.testing.assert_allclose(difference_estimator(values, differences), values + differences)


def test_difference_estimator_has_the_mean_and_an_honest_interval() -> None:
    """Over many populations, 95% intervals hold the mean, and it varies less than that of the first images alone."""
    random = np.random.default_rng(0)
    found, alone, inside = [], [], []
    for _ in range(200):
        values = random.normal(0, 10, 400)
        differences = 3 + 0.05 * values + random.normal(0, 1, 400)
        estimate = mean_estimate(difference_estimator(values, differences[:80]), seed=0)
        found.append(estimate.value)
        alone.append((values + differences)[:80].mean())
        inside.append(estimate.low < 3 < estimate.high)
    assert np.mean(found) == pytest.approx(3, abs=0.15)
    assert np.std(found) < 0.6 * np.std(alone)
    assert 0.9 <= np.mean(inside) <= 0.99


def test_likelihood_of_few_bounded_images_is_near_that_of_all(images: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = metrics(model(), images).iwae_nats
    monkeypatch.setattr("hourglass.evaluation.measures.likelihood.BOUNDED", 12)
    found = metrics(model(), images)
    assert found.images == len(GREY)
    assert found.iwae_nats.value != whole.value
    assert found.iwae_nats.value == pytest.approx(whole.value, abs=(whole.high - whole.low) / 2)
