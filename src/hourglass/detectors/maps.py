"""Anomaly maps: where an image is strange."""

from torch import Tensor

from hourglass.detectors.scorers.window import smooth


def deviation(residuals: Tensor) -> Tensor:
    """Residuals (B, C, H, W) -> how far each place is off (B, H, W): squared means over windows, channels averaged."""
    return smooth(residuals).square().mean(1)
