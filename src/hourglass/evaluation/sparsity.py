"""How many of a code's units an image uses, how many no image uses, and what makes a unit respond."""

import numpy as np
from numpy.typing import NDArray

from hourglass.core.images import Images

Codes = NDArray[np.floating]

# The first test images count: codes of all of them are looked at together.
CODES = 10_000

# A unit is active on an image if its size exceeds this share of the largest of all codes. Relative, so that
# the codes' scale does not matter; above zero, because a sigmoid is never exactly off: a unit at the usual target of
# the KL penalty, 0.05, is at rest.
THRESHOLD = 0.1
# Pictures are drawn of so many units, each from the images to which it responds most strongly.
UNITS, STRONGEST = 64, 16


def measure(codes: Codes) -> dict[str, float]:
    """Count active units in codes (N, D): those with |code| > 10% of the largest |code| of all N x D.

    Returns:
        active_units: units active on an image, mean over the images.
        dead_units: units active on none of them.
    """
    active = _active(codes)
    return {"active_units": float(active.sum(1).mean()), "dead_units": float((~active.any(0)).sum())}


def pictures(codes: Codes, images: Images) -> NDArray[np.float32]:
    """What units respond to: codes (N, D), the same images (M, C, H, W), M >= N -> (up to 64, C, H, W) in [0, 1].

    For each of the units active on most images, most used first: the mean of the 16 images with the largest
    |code| of that unit. Units that no image uses are left out.
    """
    uses = _active(codes).sum(0)
    chosen = [unit for unit in np.argsort(-uses, kind="stable")[:UNITS] if uses[unit]]
    strongest = [np.argsort(-np.abs(codes[:, unit]), kind="stable")[:STRONGEST] for unit in chosen]
    return np.stack([images[rows].mean(0) / 255 for rows in strongest]).astype(np.float32)


def _active(codes: Codes) -> NDArray[np.bool_]:
    size = np.abs(codes)
    return size > THRESHOLD * size.max()
