"""Damage for images: noise, fewer pixels, hidden patches. Pure functions; each draw comes from the given generator.

Images are (B, C, H, W) in [0, 1]. Noise falls on each channel of each pixel; salt and pepper and hidden patches
take a pixel with all its channels.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def gaussian(x: Tensor, sigma: float, generator: torch.Generator) -> Tensor:
    """Add sigma * eps, eps ~ N(0, 1). Not clipped, as in the lecture's noise layer (x + 0.5 * normal).

    Clipping would tie the noise to the image (a black pixel could only become brighter) and throw away what
    the pixels outside [0, 1] say about their neighbours.
    """
    return x + sigma * torch.randn(x.shape, generator=generator)


def salt_pepper(x: Tensor, rate: float, generator: torch.Generator) -> Tensor:
    """A share `rate` of the pixels becomes 0 or 1 with equal chance; the others stay as they are."""
    draw = torch.rand(len(x), 1, *x.shape[2:], generator=generator)
    return x.masked_fill(draw < rate / 2, 0).masked_fill(draw > 1 - rate / 2, 1)


def downsample(x: Tensor, factor: int) -> Tensor:
    """Means over squares of `factor` x `factor` pixels: (B, C, H, W) -> (B, C, ceil(H / factor), ceil(W / factor)).

    Where a side is no multiple of the factor, its last squares are cut off at the edge and average what is left.
    """
    return F.avg_pool2d(x, factor, ceil_mode=True, count_include_pad=False)


def patch_mask(x: Tensor, patch: int, share: float, generator: torch.Generator) -> Tensor:
    """True (B, 1, H, W) at the pixels of hidden patches: the same number in every image, drawn without replacement.

    `share` of the patches are hidden, rounded, but never none and never all. Patches at the right and lower edge
    are smaller where a side is no multiple of `patch`.
    """
    height, width = x.shape[2:]
    rows, columns = math.ceil(height / patch), math.ceil(width / patch)
    count = min(max(round(share * rows * columns), 1), rows * columns - 1)
    # The ranks of independent draws are a random permutation.
    ranks = torch.rand(len(x), rows * columns, generator=generator).argsort(1).argsort(1)
    hidden = (ranks < count).view(-1, 1, rows, columns)
    return hidden.repeat_interleave(patch, 2).repeat_interleave(patch, 3)[:, :, :height, :width]
