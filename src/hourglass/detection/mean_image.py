"""The control of every detector: distances from the mean of normal images, without any network."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass.data.imageset import ImageSet, map_slices, to_unit
from hourglass.detection.detector import FITTED, NormalImages
from hourglass.detection.maps import deviation, expected
from hourglass.detection.threshold import conformal


@dataclass(frozen=True)
class MeanImage:
    """Anomaly scores and maps like a detector's, from distances to `image` (C, H, W) in [0, 1]."""

    image: NDArray[np.float64]
    expected: Tensor
    threshold: float

    def score(self, images: ImageSet) -> NDArray[np.float64]:
        """Mean squared difference per pixel (N,)."""
        return images.squared_differences(self.image)

    def maps(self, images: ImageSet) -> NDArray[np.float32]:
        """Anomaly maps (N, H, W); 1 is the mean over normal images and all pixels."""
        return (_deviations(self.image, images) / self.expected).numpy()


def fit(images: NormalImages, false_positive_rate: float) -> MeanImage:
    """The mean of the training images; calibration images set its threshold."""
    mean = images.train.mean_image()
    threshold = conformal(images.calibration.squared_differences(mean), false_positive_rate)
    return MeanImage(mean, expected(_deviations(mean, images.train.spread(FITTED)).mean(0)), threshold)


def _deviations(mean: NDArray[np.float64], images: ImageSet) -> Tensor:
    """Deviations (N, H, W) of images from the mean image (C, H, W)."""

    def batch(rows: slice) -> Tensor:
        return deviation(torch.from_numpy(to_unit(images[rows], np.float64) - mean).float())

    return torch.from_numpy(map_slices(batch, len(images)))
