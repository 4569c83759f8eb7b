"""Pixel error: log of the mean squared error of the reconstruction. The lecture's score."""

from torch import Tensor

from hourglass.detection.features import Features
from hourglass.detection.scorer import Scorer, log


class Pixel(Scorer):
    """Nothing to fit."""

    def score(self, features: Features) -> Tensor:
        return log(features.residuals.square().flatten(1).mean(1))
