"""Peak residual: log of the largest squared smoothed residual of the image, that is of the peak of its anomaly map.

A scratch changes few of an image's pixels. In a mean over all pixels it drowns in the residuals of the others.
"""

from torch import Tensor

from hourglass.detection.features import Features
from hourglass.detection.maps import deviation
from hourglass.detection.scorer import Scorer, log


class PeakResidual(Scorer):
    """Nothing to fit."""

    def score(self, features: Features) -> Tensor:
        return log(deviation(features.residuals).flatten(1).amax(1))
