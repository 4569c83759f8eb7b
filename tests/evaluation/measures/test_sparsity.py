import numpy as np
import pytest

from hourglass.data.imageset import ImageSet
from hourglass.evaluation.measures.sparsity import STRONGEST, THRESHOLD, UNITS, Sparsity, count_units, responses

# The largest is 2, so the threshold is 0.2: the last unit never exceeds it.
CODES = np.array([[2.0, 0.0, -0.5, 0.2], [0.0, 0.0, 0.3, -0.05], [1.0, 0.21, 0.0, 0.0]])


def test_counts_by_hand() -> None:
    assert THRESHOLD == 0.1
    assert vars(count_units(CODES)) == pytest.approx({"active_units": (2 + 1 + 2) / 3, "dead_units": 1})


def test_scale_and_order_do_not_matter() -> None:
    assert count_units(-7 * CODES[::-1, ::-1]) == count_units(CODES)


def test_codes_of_nothing_but_zeros_are_dead() -> None:
    assert count_units(np.zeros((5, 3))) == Sparsity(0, 3)


def test_dense_codes_use_every_unit() -> None:
    assert count_units(np.ones((5, 3))) == Sparsity(3, 0)


def test_response_is_the_mean_of_the_images_of_largest_codes() -> None:
    """Of 40 images, the first unit responds to the last 16 (either sign), the second to none, the third to all."""
    images = np.arange(40, dtype=np.uint8).reshape(40, 1, 1, 1)
    codes = np.zeros((40, 3))
    codes[-STRONGEST:, 0] = np.linspace(1, 2, STRONGEST) * np.resize([1, -1], STRONGEST)
    codes[:, 2] = np.linspace(2, 1, 40)
    found = responses(codes, ImageSet(images))
    assert found.shape == (2, 1, 1, 1)
    expected = images[:STRONGEST].mean() / 255, images[-STRONGEST:].mean() / 255
    np.testing.assert_allclose(found.ravel(), expected, rtol=1e-6)


def test_responses_are_of_the_most_used_units_only() -> None:
    codes = np.eye(100)
    codes[:, 77] = 1
    found = responses(codes, ImageSet(np.full((100, 1, 2, 2), 255, np.uint8)))
    assert found.shape == (UNITS, 1, 2, 2)
    np.testing.assert_array_equal(found, 1)
