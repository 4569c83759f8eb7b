"""Pixel error: log of the mean squared error of the reconstruction. The lecture's score."""

from torch import Tensor

from hourglass.detectors.scorers.scorer import Scorer, log
from hourglass.detectors.sight import Sight


class Pixel(Scorer):
    """Nothing to fit."""

    def score(self, sight: Sight) -> Tensor:
        return log(sight.residuals.square().flatten(1).mean(1))
