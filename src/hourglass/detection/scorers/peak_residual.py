"""Peak residual: residuals are averaged over 3 x 3 pixels and squared; log of the largest value of any pixel.

The squares are averaged over channels before the largest is taken. A scratch changes few pixels of an image, so it
hardly changes a mean over all of them. Unlike in an anomaly map, values are not divided by what is usual at a pixel.

Source: Zavrtanik et al. (2021), "DRAEM: a discriminatively trained reconstruction embedding for surface anomaly
detection", for the maximum of a smoothed map as the image's score; there the map is the output of a second network.
"""

from torch import Tensor

from hourglass.detection.features import Features
from hourglass.detection.maps import deviation
from hourglass.detection.scorer import Scorer, log


class PeakResidual(Scorer):
    """Nothing to fit."""

    def score(self, features: Features) -> Tensor:
        return log(deviation(features.residuals).flatten(1).amax(1))
