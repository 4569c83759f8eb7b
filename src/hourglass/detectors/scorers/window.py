"""Windowed error: residuals are averaged over 3 x 3 pixels before they are squared, and the log is taken.

Where a reconstruction is merely unsharp, residuals of both signs lie side by side and cancel; a sleeve that should
not be there leaves residuals of one sign.
"""

import torch.nn.functional as F
from torch import Tensor

from hourglass.detectors.scorers.scorer import Scorer, log
from hourglass.detectors.sight import Sight

SIDE = 3


def smooth(residuals: Tensor) -> Tensor:
    """Residuals (B, C, H, W) -> their means over windows, same shape; outside the image they are zero."""
    return F.avg_pool2d(residuals, SIDE, stride=1, padding=SIDE // 2)


class Window(Scorer):
    """Nothing to fit."""

    def score(self, sight: Sight) -> Tensor:
        return log(smooth(sight.residuals).square().flatten(1).mean(1))
