"""Corruptions of images: noise, lower resolution, hidden patches.

Images are (B, C, H, W) in [0, 1]. Gaussian noise differs by channel; salt-and-pepper noise and hidden patches affect
all channels of a pixel alike. Every random draw comes from the given generator, on the CPU.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def gaussian(x: Tensor, sigma: float, generator: torch.Generator) -> Tensor:
    """Images plus sigma * eps, eps ~ N(0, 1); not clipped, as in the lecture's noise layer (x + 0.5 * normal).

    Clipping would make the noise depend on the image: a black pixel could only become brighter.
    """
    return x + sigma * torch.randn(x.shape, generator=generator).to(x.device)


def salt_pepper(x: Tensor, rate: float, generator: torch.Generator) -> Tensor:
    """Images in which a share `rate` of the pixels is set to 0 or 1, with equal probability."""
    draw = torch.rand(len(x), 1, *x.shape[2:], generator=generator).to(x.device)
    return x.masked_fill(draw < rate / 2, 0).masked_fill(draw > 1 - rate / 2, 1)


def downsample(x: Tensor, factor: int) -> Tensor:
    """Means over squares of `factor` x `factor` pixels: (B, C, H, W) -> (B, C, ceil(H / factor), ceil(W / factor)).

    Where a side is no multiple of the factor, the last squares are smaller.
    """
    return F.avg_pool2d(x, factor, ceil_mode=True, count_include_pad=False)


def patch_mask(x: Tensor, patch: int, share: float, generator: torch.Generator) -> Tensor:
    """Mask of hidden patches, bool (B, 1, H, W): the same number per image, drawn without replacement.

    Args:
        patch: side of a patch in pixels. Where a side is no multiple of it, the last patches are smaller.
        share: which share of the patches is hidden, rounded; at least one, but never all.
    """
    height, width = x.shape[2:]
    rows, columns = math.ceil(height / patch), math.ceil(width / patch)
    count = min(max(round(share * rows * columns), 1), rows * columns - 1)
    # The ranks of independent draws are a random permutation.
    ranks = torch.rand(len(x), rows * columns, generator=generator).argsort(1).argsort(1)
    hidden = (ranks < count).view(-1, 1, rows, columns).to(x.device)
    return hidden.repeat_interleave(patch, 2).repeat_interleave(patch, 3)[:, :, :height, :width]
