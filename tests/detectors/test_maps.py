import numpy as np
import torch
from scipy.ndimage import uniform_filter

from hourglass.detectors.maps import deviation


def test_a_place_is_off_by_the_squared_mean_over_its_window_and_the_mean_over_channels() -> None:
    residuals = torch.randn(4, 3, 9, 7, generator=torch.Generator().manual_seed(0))
    smooth = uniform_filter(residuals.numpy(), (0, 0, 3, 3), mode="constant")
    np.testing.assert_allclose(deviation(residuals), np.square(smooth).mean(1), rtol=1e-4, atol=1e-7)


def test_one_wrong_pixel_is_off_within_its_window_only() -> None:
    residuals = torch.zeros(1, 1, 9, 9)
    residuals[0, 0, 4, 4] = 9
    found = deviation(residuals)[0]
    expected = torch.zeros(9, 9)
    expected[3:6, 3:6] = 1
    torch.testing.assert_close(found, expected)
