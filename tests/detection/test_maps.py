import numpy as np
import pytest
import torch
from scipy.ndimage import uniform_filter

from hourglass.detection.maps import deviation, expected


def test_deviation_is_the_squared_mean_over_a_window() -> None:
    """Averaged over channels."""
    residuals = torch.randn(4, 3, 9, 7, generator=torch.Generator().manual_seed(0))
    smooth = uniform_filter(residuals.numpy(), (0, 0, 3, 3), mode="constant")
    np.testing.assert_allclose(deviation(residuals), np.square(smooth).mean(1), rtol=1e-4, atol=1e-7)


def test_one_wrong_pixel_deviates_within_its_window_only() -> None:
    residuals = torch.zeros(1, 1, 9, 9)
    residuals[0, 0, 4, 4] = 9
    found = deviation(residuals)[0]
    window = torch.zeros(9, 9)
    window[3:6, 3:6] = 1
    torch.testing.assert_close(found, window)


def test_normal_maps_are_one_on_average_and_finite() -> None:
    mean = torch.tensor([[0.0, 1.0], [2.0, 5.0]])
    found = mean / expected(mean)
    assert found.mean().item() == pytest.approx(1)
    assert (found[1, 1] / found[0, 1]).item() == pytest.approx((5 / 7) / (1 / 3)), "the mean, 2, is added to each"
    assert (1 / expected(mean)[0, 0]).item() < 3
