"""Smoothed residual: residuals are averaged over 3 x 3 pixels before they are squared; log of the mean.

Where a reconstruction is merely blurred, neighbouring residuals have both signs and cancel. A part of the image that
the reconstruction lacks leaves residuals of one sign.
"""

from torch import Tensor

from hourglass.detection.features import Features
from hourglass.detection.maps import smooth
from hourglass.detection.scorer import Scorer, log


class SmoothedResidual(Scorer):
    """Nothing to fit."""

    def score(self, features: Features) -> Tensor:
        return log(smooth(features.residuals).square().flatten(1).mean(1))
