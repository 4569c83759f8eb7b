import numpy as np
import pytest
from scipy.linalg import sqrtm

from hourglass.evaluation.frechet import distance, distance_estimate, fit_without_each
from tests.evaluation.points import exact, normal


def test_distance_of_normal_distributions_along_the_axes() -> None:
    """Where covariances are diagonal, it is the sum of (m_a - m_b)² + (s_a - s_b)²."""
    a = exact(50, np.array([1.0, 2, 3]), np.diag([1.0, 4, 9]))
    b = exact(80, np.array([1.0, 0, 4]), np.diag([4.0, 4, 0.25]))
    assert distance(a, b) == pytest.approx((0 + 4 + 1) + (1 + 0 + 2.5**2))


def test_distance_is_the_formula_with_a_matrix_square_root() -> None:
    random = np.random.default_rng(0)
    roots = random.normal(size=(2, 4, 4))
    first, second = (root @ root.T + 0.1 * np.eye(4) for root in roots)
    a, b = exact(30, np.ones(4), first), exact(40, np.zeros(4), second)
    expected = 4 + np.trace(first + second - 2 * sqrtm(first @ second).real)
    assert distance(a, b) == pytest.approx(expected)
    assert distance(b, a) == pytest.approx(expected)
    turn = np.linalg.qr(random.normal(size=(4, 4)))[0]
    assert distance(a @ turn, b @ turn) == pytest.approx(expected)
    assert distance(3 * a + 5, 3 * b + 5) == pytest.approx(9 * expected)


def test_distance_of_equal_sets_is_zero() -> None:
    a = normal(100, 0)
    assert distance(a, a) == pytest.approx(0, abs=1e-9)
    assert distance(a, a[::-1]) >= 0


def test_dead_or_copied_features_are_allowed() -> None:
    """A classifier's ReLU units may be dead, and covariances then have no inverse."""
    a, b = normal(100, 0), normal(100, 1, mean=0.5)
    expected = distance(a, b)
    nothing = np.zeros((100, 2))
    assert distance(np.hstack([a, nothing]), np.hstack([b, nothing])) == pytest.approx(expected)
    assert distance(np.hstack([a, a]), np.hstack([b, b])) == pytest.approx(2 * expected)
    assert distance(np.zeros((9, 1)), np.full((9, 1), 3.0)) == pytest.approx(9)


def test_distance_falls_as_sets_grow() -> None:
    """What the docstring warns of: both come from one distribution."""
    found = [distance(normal(count, 0), normal(count, 1)) for count in (30, 300, 3000)]
    assert found == sorted(found, reverse=True)


def test_interval_is_as_wide_as_the_distance_varies() -> None:
    pairs = [(normal(200, 2 * seed), normal(300, 2 * seed + 1, 0.7, (1, 2, 1))) for seed in range(200)]
    error = np.std([distance(a, b) for a, b in pairs])
    found = [distance_estimate(a, b, seed=0) for a, b in pairs[:60]]
    widths = [estimate.high - estimate.low for estimate in found]
    assert np.mean(widths) == pytest.approx(2 * 2.09 * error, rel=0.15)


def test_interval_holds_the_distance_and_its_usual_value() -> None:
    pairs = [(normal(200, 2 * seed), normal(200, 2 * seed + 1, 0.7)) for seed in range(100)]
    usual = np.mean([distance(a, b) for a, b in pairs])
    found = [distance_estimate(a, b, seed=0) for a, b in pairs]
    assert [estimate.value for estimate in found] == [distance(a, b) for a, b in pairs]
    assert all(estimate.low <= estimate.value <= estimate.high for estimate in found)
    assert 0.88 <= np.mean([estimate.low < usual < estimate.high for estimate in found]) <= 1


def test_interval_does_not_depend_on_the_order_of_classes() -> None:
    """Generated classes take turns; were every 20th image a group, the groups would be classes."""
    a, b = normal(400, 0), normal(400, 1)
    a[:, 0] += np.arange(400) % 20
    b[:, 0] += np.arange(400) % 20
    found = distance_estimate(a, b, seed=0)
    mixed = distance_estimate(np.random.default_rng(0).permutation(a), b, seed=0)
    assert (found.low, found.high) == pytest.approx((mixed.low, mixed.high), rel=0.6)
    assert distance_estimate(a, b, seed=0) == found
    assert distance_estimate(a, b, seed=1) != found


def test_fit_without_a_group_is_that_of_the_others() -> None:
    features = normal(90, 0) + 1000.0
    groups = np.array_split(np.random.default_rng(0).permutation(90), 7)
    for group, found in zip(groups, fit_without_each(features, groups), strict=True):
        rest = np.delete(features, group, 0)
        np.testing.assert_allclose(found.mean, rest.mean(0))
        np.testing.assert_allclose(found.root @ found.root.T, np.cov(rest, rowvar=False), atol=1e-9)
