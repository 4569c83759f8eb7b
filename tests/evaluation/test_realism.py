import numpy as np
import pytest
from numpy.typing import NDArray

from hourglass.evaluation.realism import realism

Array = NDArray[np.floating]


def normal(count: int, seed: int, mean: float = 0, deviations: tuple[float, ...] = (1, 1, 1)) -> Array:
    return np.random.default_rng(seed).normal(mean, deviations, (count, len(deviations)))


def test_realism_counts_images_in_reach_of_a_real_one() -> None:
    """Real images at 0, 1, 2, 3 and 100: third nearest at 3, 2, 2, 3 and 99, that is up to 6, or from 1 on to 199."""
    real = np.array([[0.0], [1], [2], [3], [100]])
    inside = {-3.1: False, -2.9: True, 0.5: True, 150: True, 198: True, 200: False}
    for place, expected in inside.items():
        assert realism(np.array([[place]]), real).value == expected, place


def test_realism_of_the_same_distribution_is_high_and_of_another_low() -> None:
    real = normal(500, 0)
    same, far, apart = (realism(normal(300, 1, mean), real).value for mean in (0, 2, 30))
    assert same > 0.9
    assert apart == 0
    assert apart < far < same
    assert realism(real, real).value == 1


def test_realism_has_an_interval_and_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    real, features = normal(60, 0), normal(40, 1, mean=1)
    monkeypatch.setattr("hourglass.evaluation.realism.REAL", 50)
    monkeypatch.setattr("hourglass.evaluation.realism.MEASURED", 30)
    found = realism(features, real)
    assert 0 < found.low < found.value < found.high < 1
    features[30:], real[50:] = 99, 99
    assert realism(features, real) == found
