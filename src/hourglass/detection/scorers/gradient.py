"""Gradient error: log of the mean squared difference between the gradients of image and reconstruction.

Missing or additional edges count; a shift of brightness over a whole region does not.
"""

from torch import Tensor

from hourglass.detection.features import Features
from hourglass.detection.scorer import Scorer, log


class Gradient(Scorer):
    """Nothing to fit."""

    def score(self, features: Features) -> Tensor:
        # Differences are linear: those of the residual are the differences of the gradients.
        across, down = features.residuals.diff(dim=3), features.residuals.diff(dim=2)
        return log(across.square().flatten(1).mean(1) + down.square().flatten(1).mean(1))
