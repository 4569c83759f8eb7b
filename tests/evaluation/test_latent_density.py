import numpy as np
import pytest
from scipy.stats import ks_2samp

from hourglass.evaluation import latent_density
from hourglass.evaluation.latent_density import draw, fit_gaussian, fit_mixture
from tests.evaluation.points import exact, normal


def test_draws_of_a_gaussian_have_its_mean_and_covariance() -> None:
    covariance = np.array([[4.0, 1.5], [1.5, 1]])
    codes = exact(500, np.array([10.0, -3]), covariance).astype(np.float32)
    drawn = draw(fit_gaussian(codes), 20_000, seed=0)
    assert drawn.shape == (20_000, 2)
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(drawn.mean(0), [10, -3], atol=0.05)
    np.testing.assert_allclose(np.cov(drawn, rowvar=False), covariance, atol=0.12)


def test_mixture_leaves_a_gap_empty_that_a_gaussian_fills() -> None:
    codes = normal(600, 0) + np.where(np.arange(600) % 2, 10, -10)[:, None]
    gap = [
        (np.abs(draw(fit, 2000, seed=1)[:, 0]) < 5).mean() for fit in (fit_mixture(codes, 2, 0), fit_gaussian(codes))
    ]
    assert gap[0] == 0
    assert gap[1] > 0.2
    assert ks_2samp(draw(fit_mixture(codes, 2, 0), 2000, 1)[:, 0], codes[:, 0]).pvalue > 0.01


def test_the_first_draws_are_of_all_components() -> None:
    codes = normal(300, 0) + 20 * (np.arange(300) % 3)[:, None]
    drawn = draw(fit_mixture(codes, 3, 0), 3000, seed=0)[:300]
    np.testing.assert_allclose(np.bincount(np.rint(drawn.mean(1) / 20).astype(int)) / 300, 1 / 3, atol=0.1)


def test_seed_decides_the_draws_and_later_codes_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latent_density, "FITTED", 100)
    codes = normal(150, 0)
    first = draw(fit_mixture(codes, 2, seed=3), 50, seed=1)
    codes[100:] = 99
    fitted = fit_mixture(codes, 2, seed=3)
    np.testing.assert_array_equal(draw(fitted, 50, seed=1), first)
    assert (draw(fitted, 50, seed=2) != first).all()
    np.testing.assert_array_equal(draw(fitted, 50, seed=1), first)
