"""Controls: what a figure is worth when nothing was learned."""

import numpy as np
from numpy.typing import NDArray

from hourglass.core.images import Images

BLOCK = 4096


def mean_image(images: Images) -> NDArray[np.float64]:
    """The mean of uint8 images (N, C, H, W), in [0, 1], summed over blocks so that memory does not grow with N."""
    blocks = range(0, len(images), BLOCK)
    return np.sum([images[i : i + BLOCK].sum(0, dtype=np.float64) for i in blocks], axis=0) / (255 * len(images))


def distance(images: Images, reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean squared difference per pixel of each uint8 image (N, C, H, W) from one reference image: (N,)."""
    found = np.empty(len(images))
    for i in range(0, len(images), BLOCK):
        found[i : i + BLOCK] = np.square(images[i : i + BLOCK] / 255 - reference).mean(axis=(1, 2, 3))
    return found
