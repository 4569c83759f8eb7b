"""Latent codes drawn from diagonal Gaussians."""

import torch
from torch import Tensor


def draw(mean: Tensor, logvar: Tensor, generator: torch.Generator) -> Tensor:
    """One draw from each N(mean, exp(logvar)): mean (B, D), logvar (B, D) or (B, 1) -> (B, D).

    Reparametrised as mean + sigma * eps with eps ~ N(0, I), so gradients flow through mean and sigma.

    Source: Kingma and Welling (2014), "Auto-Encoding Variational Bayes", section 2.4.
    """
    return mean + (0.5 * logvar).exp() * torch.randn(mean.shape, generator=generator).to(mean.device)
