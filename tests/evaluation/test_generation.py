import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import sqrtm
from scipy.stats import ks_2samp

from hourglass.evaluation import generation
from hourglass.evaluation.generation import (
    conditional_accuracy,
    draw,
    fit_gaussian,
    fit_mixture,
    frechet,
    frechet_interval,
    realism,
)

Array = NDArray[np.floating]


def normal(count: int, seed: int, mean: float = 0, deviations: tuple[float, ...] = (1, 1, 1)) -> Array:
    return np.random.default_rng(seed).normal(mean, deviations, (count, len(deviations)))


def exact(count: int, mean: Array, covariance: Array) -> Array:
    """Points whose own mean and covariance are exactly these."""
    points = normal(count, 0, deviations=(1,) * len(mean))
    points -= points.mean(0)
    whitened = points @ np.linalg.inv(np.linalg.cholesky(np.cov(points, rowvar=False))).T
    return np.asarray(whitened @ np.linalg.cholesky(covariance).T + mean)


def test_distance_of_normal_distributions_along_the_axes() -> None:
    """Where covariances are diagonal, it is the sum of (m_a - m_b)² + (s_a - s_b)²."""
    a = exact(50, np.array([1.0, 2, 3]), np.diag([1.0, 4, 9]))
    b = exact(80, np.array([1.0, 0, 4]), np.diag([4.0, 4, 0.25]))
    assert frechet(a, b) == pytest.approx((0 + 4 + 1) + (1 + 0 + 2.5**2))


def test_distance_is_the_formula_with_the_square_root_of_a_matrix() -> None:
    random = np.random.default_rng(0)
    roots = random.normal(size=(2, 4, 4))
    first, second = (root @ root.T + 0.1 * np.eye(4) for root in roots)
    a, b = exact(30, np.ones(4), first), exact(40, np.zeros(4), second)
    expected = 4 + np.trace(first + second - 2 * sqrtm(first @ second).real)
    assert frechet(a, b) == pytest.approx(expected)
    assert frechet(b, a) == pytest.approx(expected)
    turn = np.linalg.qr(random.normal(size=(4, 4)))[0]
    assert frechet(a @ turn, b @ turn) == pytest.approx(expected)
    assert frechet(3 * a + 5, 3 * b + 5) == pytest.approx(9 * expected)


def test_equal_sets_are_no_distance_apart() -> None:
    a = normal(100, 0)
    assert frechet(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet(a, a[::-1]) >= 0


def test_features_that_are_always_off_or_copies_do_no_harm() -> None:
    """A classifier's ReLU units may be dead, and covariances then have no inverse."""
    a, b = normal(100, 0), normal(100, 1, mean=0.5)
    expected = frechet(a, b)
    nothing = np.zeros((100, 2))
    assert frechet(np.hstack([a, nothing]), np.hstack([b, nothing])) == pytest.approx(expected)
    assert frechet(np.hstack([a, a]), np.hstack([b, b])) == pytest.approx(2 * expected)
    assert frechet(np.zeros((9, 1)), np.full((9, 1), 3.0)) == pytest.approx(9)


def test_distance_falls_with_the_sizes_of_sets() -> None:
    """What the docstring warns of: both come from one distribution."""
    found = [frechet(normal(count, 0), normal(count, 1)) for count in (30, 300, 3000)]
    assert found == sorted(found, reverse=True)


def test_the_interval_is_as_wide_as_the_distance_varies() -> None:
    pairs = [(normal(200, 2 * seed), normal(300, 2 * seed + 1, 0.7, (1, 2, 1))) for seed in range(200)]
    error = np.std([frechet(a, b) for a, b in pairs])
    widths = [np.ptp(frechet_interval(a, b, seed=0)) for a, b in pairs[:60]]
    assert np.mean(widths) == pytest.approx(2 * 2.09 * error, rel=0.15)


def test_the_interval_holds_the_distance_and_its_usual_value() -> None:
    pairs = [(normal(200, 2 * seed), normal(200, 2 * seed + 1, 0.7)) for seed in range(100)]
    usual = np.mean([frechet(a, b) for a, b in pairs])
    intervals = [frechet_interval(a, b, seed=0) for a, b in pairs]
    assert all(low <= frechet(a, b) <= high for (low, high), (a, b) in zip(intervals, pairs, strict=True))
    assert 0.88 <= np.mean([low < usual < high for low, high in intervals]) <= 1


def test_the_interval_does_not_depend_on_the_order_that_classes_come_in() -> None:
    """Generated classes take turns; were every 20th image a group, the groups would be classes."""
    a, b = normal(400, 0), normal(400, 1)
    a[:, 0] += np.arange(400) % 20
    b[:, 0] += np.arange(400) % 20
    low, high = frechet_interval(a, b, seed=0)
    mixed = frechet_interval(np.random.default_rng(0).permutation(a), b, seed=0)
    assert (low, high) == pytest.approx(mixed, rel=0.6)
    assert frechet_interval(a, b, seed=0) == [low, high]
    assert frechet_interval(a, b, seed=1) != [low, high]


def test_conditional_accuracy_is_the_share_of_wanted_classes() -> None:
    found = conditional_accuracy(np.array([0, 1, 2, 2]), np.array([0, 1, 2, 0]))
    assert found["conditional_accuracy"] == 0.75
    low, high = np.array(found["conditional_accuracy_ci"])
    assert 0.2 < low < 0.75 < high < 1


def test_an_image_is_real_within_the_reach_of_a_real_one() -> None:
    """Real images at 0, 1, 2, 3 and 100: third nearest at 3, 2, 2, 3 and 99, that is up to 6, or from 1 on to 199."""
    real = np.array([[0.0], [1], [2], [3], [100]])
    inside = {-3.1: False, -2.9: True, 0.5: True, 150: True, 198: True, 200: False}
    for place, expected in inside.items():
        assert realism(np.array([[place]]), real)["realism"] == expected, place


def test_realism_of_the_same_distribution_is_high_and_of_another_low() -> None:
    real = normal(500, 0)
    same, far, apart = (realism(normal(300, 1, mean), real)["realism"] for mean in (0, 2, 30))
    assert same > 0.9
    assert apart == 0
    assert apart < far < same
    assert realism(real, real)["realism"] == 1


def test_realism_has_an_interval_and_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    real, features = normal(60, 0), normal(40, 1, mean=1)
    monkeypatch.setattr(generation, "REAL", 50)
    monkeypatch.setattr(generation, "JUDGED", 30)
    found = realism(features, real)
    low, high = np.array(found["realism_ci"])
    assert 0 < low < found["realism"] < high < 1
    features[30:], real[50:] = 99, 99
    assert realism(features, real) == found


def test_draws_of_a_gaussian_have_its_mean_and_covariance() -> None:
    covariance = np.array([[4.0, 1.5], [1.5, 1]])
    codes = exact(500, np.array([10.0, -3]), covariance).astype(np.float32)
    drawn = draw(fit_gaussian(codes), 20_000, seed=0)
    assert drawn.shape == (20_000, 2)
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(drawn.mean(0), [10, -3], atol=0.05)
    np.testing.assert_allclose(np.cov(drawn, rowvar=False), covariance, atol=0.12)


def test_a_mixture_leaves_the_gap_empty_that_a_gaussian_fills() -> None:
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


def test_the_seed_decides_on_the_draws_and_later_codes_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "FITTED", 100)
    codes = normal(150, 0)
    first = draw(fit_mixture(codes, 2, seed=3), 50, seed=1)
    codes[100:] = 99
    fitted = fit_mixture(codes, 2, seed=3)
    np.testing.assert_array_equal(draw(fitted, 50, seed=1), first)
    assert (draw(fitted, 50, seed=2) != first).all()
    np.testing.assert_array_equal(draw(fitted, 50, seed=1), first)
