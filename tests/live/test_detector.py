import numpy as np
import pytest
import torch

from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import Detector, NormalImages, fit
from hourglass.detection.threshold import conformal
from hourglass.live import detector
from hourglass.live.detector import DetectorNetwork
from tests.live.small import all_images, images, model


def light() -> Detector:
    network = model({"module": "undercomplete", "latent_dim": 3, "hidden": [12]})
    normal = NormalImages(images(seed=1), images(seed=2), normal=0)
    return fit([network], ["pixel", "smoothed_residual"], normal, false_positive_rate=0.1)


def test_traced_network_scores_and_maps_as_the_detector() -> None:
    own, test = light(), images(seed=5)
    with torch.no_grad():
        computed = torch.cat([DetectorNetwork(own)(test.batch(slice(row, row + 1))[0]) for row in range(len(test))])
    np.testing.assert_allclose(computed[:, 0], own.score(test), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(computed[:, 1:].view(-1, 9, 9), own.maps(test), rtol=1e-3, atol=1e-5)


def test_threshold_is_that_of_the_coarser_weights() -> None:
    own, calibration = light(), images(seed=2)
    packed = detector.pack(own, images(seed=1), calibration, all_images())
    again = np.sort(own.score(calibration))
    np.testing.assert_allclose(packed["calibration"], again, atol=1e-5)
    assert packed["threshold"] == pytest.approx(conformal(again, 0.1))
    assert packed["difference"] > 0


def test_roc_auc_needs_anomalies() -> None:
    both = detector.pack(light(), images(seed=1), images(seed=2), all_images())
    assert 0 <= both["roc_auc"] <= 1
    some = images(seed=2)
    only = ImageSet(some[:], np.zeros(len(some), np.int64), some.classes)
    alone = detector.pack(light(), images(seed=1), only, all_images().__class__(only, only, only, 0))
    assert alone["roc_auc"] is None


@pytest.mark.parametrize(
    ("weights", "networks", "light_enough"),
    [({"pixel": 1.0}, 1, True), ({"pixel": 0.5, "knn": 0.5}, 1, False), ({"pixel": 1.0}, 2, False)],
)
def test_only_one_network_without_images_is_light(weights: dict[str, float], networks: int, light_enough: bool) -> None:
    assert detector.is_light({"weights": weights, "models": [{}] * networks}) is light_enough
