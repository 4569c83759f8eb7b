"""Loss terms: sums over pixels or latent dimensions, one value per image."""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor

Loss = Literal["mse", "bce"]


def image_distance(decoded: Tensor, x: Tensor, kind: Loss, where: Tensor | None = None) -> Tensor:
    """Distance of each decoded image from `x`, summed over pixels: (B, C, H, W) twice -> (B,).

    Args:
        decoded: what `decode` returned: means for mse, logits for bce.
        kind: `mse`, the squared error, or `bce`, the binary cross-entropy in nats. Means pass through no sigmoid,
            because its flat ends slow training down (docs/lab-notes.md). Logits keep the cross-entropy finite.
        where: which pixels count, bool in the shape of `x`; by default all.
    """
    if kind == "bce":
        distance = F.binary_cross_entropy_with_logits(decoded, x, reduction="none")
    else:
        distance = F.mse_loss(decoded, x, reduction="none")
    if where is not None:
        distance = distance * where
    return distance.flatten(1).sum(1)


def kl_between_normals(mean: Tensor, logvar: Tensor, prior_mean: Tensor, prior_logvar: Tensor) -> Tensor:
    """KL(N(mean, exp(logvar)) || N(prior_mean, exp(prior_logvar))) in nats, summed over dimensions -> (B,).

    With means m, m_p and variances s^2, s_p^2 it is 1/2 sum (log s_p^2 - log s^2 - 1 + (s^2 + (m - m_p)^2) / s_p^2).
    For the prior N(0, I) that is -1/2 sum (1 + log s^2 - m^2 - s^2).

    Args:
        mean, logvar: (B, D).
        prior_mean, prior_logvar: any shapes that broadcast to (B, D).

    Source: Kingma and Welling (2014), "Auto-Encoding Variational Bayes", appendix B.
    """
    distance = (mean - prior_mean).square() * (-prior_logvar).exp()
    return 0.5 * (prior_logvar - logvar - 1 + (logvar - prior_logvar).exp() + distance).sum(1)
