"""Structural error: log of the mean squared difference of the gradients of image and reconstruction.

Edges that are missing or new count; a shift of brightness over a whole region does not.
"""

from torch import Tensor

from hourglass.detectors.scorers.scorer import Scorer, log
from hourglass.detectors.sight import Sight


class Gradient(Scorer):
    """Nothing to fit."""

    def score(self, sight: Sight) -> Tensor:
        # Differences are linear: those of the residual are the differences of the gradients.
        across, down = sight.residuals.diff(dim=3), sight.residuals.diff(dim=2)
        return log(across.square().flatten(1).mean(1) + down.square().flatten(1).mean(1))
