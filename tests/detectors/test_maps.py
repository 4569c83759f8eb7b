import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from hourglass.detectors.maps import deviation, expected, of_reference


def test_a_place_is_off_by_the_squared_mean_over_its_window_and_the_mean_over_channels() -> None:
    residuals = torch.randn(4, 3, 9, 7, generator=torch.Generator().manual_seed(0))
    smooth = uniform_filter(residuals.numpy(), (0, 0, 3, 3), mode="constant")
    np.testing.assert_allclose(deviation(residuals), np.square(smooth).mean(1), rtol=1e-4, atol=1e-7)


def test_one_wrong_pixel_is_off_within_its_window_only() -> None:
    residuals = torch.zeros(1, 1, 9, 9)
    residuals[0, 0, 4, 4] = 9
    found = deviation(residuals)[0]
    window = torch.zeros(9, 9)
    window[3:6, 3:6] = 1
    torch.testing.assert_close(found, window)


def test_usual_deviations_are_1_on_average_and_a_place_that_never_varies_is_not_infinitely_strange() -> None:
    usual = torch.tensor([[0.0, 1.0], [2.0, 5.0]])
    found = usual / expected(usual)
    assert found.mean().item() == pytest.approx(1)
    assert (found[1, 1] / found[0, 1]).item() == pytest.approx((5 / 7) / (1 / 3)), "the mean, 2, is added to each"
    assert (1 / expected(usual)[0, 0]).item() < 3


def test_maps_of_a_reference_are_scaled_as_a_detector_s_are() -> None:
    draws = np.random.default_rng(0)
    known, strange = (draws.integers(0, 256, (count, 3, 9, 7), np.uint8) for count in (50, 4))
    reference = draws.random((3, 9, 7))

    def off(images: NDArray[np.uint8]) -> NDArray[np.float64]:
        smooth = uniform_filter(images / 255 - reference, (0, 0, 3, 3), mode="constant")
        found: NDArray[np.float64] = np.square(smooth).mean(1)
        return found

    usual = off(known).mean(0)
    raised = usual + usual.mean()
    np.testing.assert_allclose(
        of_reference(reference, known)(strange), off(strange) / raised / (usual / raised).mean(), rtol=1e-4
    )
    assert of_reference(reference, known)(known).mean() == pytest.approx(1, rel=1e-4)
