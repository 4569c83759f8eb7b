"""Anomaly maps: how anomalous each pixel of an image is."""

import torch
import torch.nn.functional as F
from torch import Tensor

SIDE = 3


def smooth(residuals: Tensor) -> Tensor:
    """Residuals (B, C, H, W) -> their means over 3 x 3 pixels, same shape; outside the image they are zero."""
    return F.avg_pool2d(residuals, SIDE, stride=1, padding=SIDE // 2)


def deviation(residuals: Tensor) -> Tensor:
    """Residuals (B, C, H, W) -> squared smoothed residuals, averaged over channels (B, H, W)."""
    return smooth(residuals).square().mean(1)


def expected(mean: Tensor) -> Tensor:
    """Mean deviation of normal images (H, W) -> what deviations are divided by, so that maps are 1 on average.

    Where normal images never vary, the quotient would be infinite: the mean over the image is added.
    """
    mean = mean.clamp(min=torch.finfo(mean.dtype).tiny)
    raised = mean + mean.mean()
    return raised * (mean / raised).mean()
