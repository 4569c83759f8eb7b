"""Edges of images: differences between neighbouring pixels."""

import numpy as np
import torch
from torch import Tensor

from hourglass.data.imageset import ImageSet
from hourglass.evaluation.inference import Floats, reconstruct
from hourglass.models.autoencoder import Autoencoder


def gradient_difference(decoded: Tensor, x: Tensor) -> Tensor:
    """Absolute difference between the edges of two batches, summed over the edges: (B, C, H, W) twice -> (B,).

    Source: Mathieu et al. (2016), "Deep multi-scale video prediction beyond mean square error", section 3.2.
    """
    parts = [(torch.diff(decoded, dim=axis) - torch.diff(x, dim=axis)).abs().flatten(1).sum(1) for axis in (2, 3)]
    return parts[0] + parts[1]


def edges_kept(model: Autoencoder, images: ImageSet) -> float:
    """Edges of reconstructions as a share of those of the images, mean over the images that have edges.

    1 is as sharp as the image, less is blurred; noise in a reconstruction counts as edges too.
    """
    shares = []
    for x, rebuilt in reconstruct(model, images):
        of_images = strength(x)
        seen = of_images > 0
        shares.append(strength(rebuilt.clip(0, 1))[seen] / of_images[seen])
    return float(np.concatenate(shares).mean())


def strength(images: Floats) -> Floats:
    """Mean absolute difference between neighbouring pixels of images (N, C, H, W), (N,)."""
    down, across = (np.abs(np.diff(images, axis=axis)).mean(axis=(1, 2, 3)) for axis in (2, 3))
    return np.asarray(down + across)
