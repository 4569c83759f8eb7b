import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from hourglass.data.imageset import ImageSet
from hourglass.detection import mean_image
from hourglass.detection.detector import NormalImages
from hourglass.detection.threshold import conformal


@pytest.fixture
def images() -> NormalImages:
    train, calibration = np.random.default_rng(0).integers(0, 256, (2, 50, 3, 9, 7), np.uint8)
    return NormalImages(ImageSet(train), ImageSet(calibration), normal=0)


def test_scores_are_mean_squared_differences_from_the_mean(images: NormalImages) -> None:
    control = mean_image.fit(images, 0.1)
    mean = (images.train[:] / 255).mean(0)
    distances = np.square(images.calibration[:] / 255 - mean).mean((1, 2, 3))
    np.testing.assert_allclose(control.image, mean)
    np.testing.assert_allclose(control.score(images.calibration), distances)
    assert control.threshold == pytest.approx(conformal(distances, 0.1))


def test_its_maps_are_scaled_like_those_of_a_detector(images: NormalImages) -> None:
    control = mean_image.fit(images, 0.1)

    def deviations(some: ImageSet) -> np.ndarray:
        smooth = uniform_filter(some[:] / 255 - control.image, (0, 0, 3, 3), mode="constant")
        return np.square(smooth).mean(1)

    mean = deviations(images.train).mean(0)
    raised = mean + mean.mean()
    by_hand = deviations(images.calibration) / raised / (mean / raised).mean()
    np.testing.assert_allclose(control.maps(images.calibration), by_hand, rtol=1e-4)
    assert control.maps(images.train).mean() == pytest.approx(1, rel=1e-4)
