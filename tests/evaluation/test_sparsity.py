import numpy as np
import pytest

from hourglass.evaluation.sparsity import THRESHOLD, measure

# The largest is 2, so the threshold is 0.1: the last unit never exceeds it.
CODES = np.array([[2.0, 0.0, -0.5, 0.1], [0.0, 0.0, 0.2, -0.05], [1.0, 0.11, 0.0, 0.0]])


def test_counts_by_hand() -> None:
    assert THRESHOLD == 0.05
    assert measure(CODES) == {"active_units": pytest.approx((2 + 1 + 2) / 3), "dead_units": 1}
    assert measure(CODES, threshold=0.0) == {"active_units": pytest.approx((3 + 2 + 2) / 3), "dead_units": 0}


def test_scale_and_order_do_not_matter() -> None:
    assert measure(-7 * CODES[::-1, ::-1]) == measure(CODES)


def test_codes_of_nothing_but_zeros_are_dead() -> None:
    assert measure(np.zeros((5, 3))) == {"active_units": 0, "dead_units": 3}


def test_dense_codes_use_every_unit() -> None:
    assert measure(np.ones((5, 3))) == {"active_units": 3, "dead_units": 0}
