"""How many of a code's units an image uses, and how many no image uses."""

import numpy as np
from numpy.typing import NDArray

# A unit is active on an image if its size exceeds this share of the largest of all codes. Relative, so that
# the codes' scale does not matter; above zero, because a sigmoid is never exactly off.
THRESHOLD = 0.05


def measure(codes: NDArray[np.floating], threshold: float = THRESHOLD) -> dict[str, float]:
    """Count active units in codes (N, D): those with |code| > threshold * the largest |code| of all N x D.

    Returns:
        active_units: units active on an image, mean over the images.
        dead_units: units active on none of them.
    """
    size = np.abs(codes)
    active = size > threshold * size.max()
    return {"active_units": float(active.sum(1).mean()), "dead_units": float((~active.any(0)).sum())}
