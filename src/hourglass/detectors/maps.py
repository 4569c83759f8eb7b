"""Anomaly maps: where an image is strange."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass.detectors.scorers.window import smooth


def deviation(residuals: Tensor) -> Tensor:
    """Residuals (B, C, H, W) -> how far each place is off (B, H, W): squared means over windows, channels averaged."""
    return smooth(residuals).square().mean(1)


def expected(usual: Tensor) -> Tensor:
    """Mean deviations of normal images (H, W) -> what deviations are divided by, so that they are 1 on average.

    Where normal images never vary, a speck would be infinitely strange: the mean over the image is added.
    """
    usual = usual.clamp(min=torch.finfo(usual.dtype).tiny)
    raised = usual + usual.mean()
    return raised * (usual / raised).mean()


def of_reference(
    reference: NDArray[np.float64], known: NDArray[np.uint8]
) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """What makes maps of how far images are off one image, in all else as a detector's: the control of maps.

    Args:
        reference: (C, H, W), in [0, 1]. known: normal images, uint8 (N, C, H, W).
    """

    def deviations(images: NDArray[np.uint8]) -> Tensor:
        return deviation(torch.from_numpy(images / 255 - reference).float())

    scale = expected(deviations(known).mean(0))
    return lambda images: (deviations(images) / scale).numpy()
