"""Codes drawn from diagonal Gaussians."""

import torch
from torch import Tensor


def draw(mean: Tensor, logvar: Tensor, generator: torch.Generator) -> Tensor:
    """One draw from each N(mean, exp(logvar)): mean (B, D), logvar (B, D) or (B, 1) -> (B, D).

    Reparametrised, mean + sigma * eps with eps ~ N(0, I): the randomness is in eps, so that gradients pass
    through mean and sigma (Kingma and Welling, 2014).
    """
    return mean + (0.5 * logvar).exp() * torch.randn(mean.shape, generator=generator)
