"""Loss terms: sums over one image's pixels or one code's dimensions, one value per image."""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor

Loss = Literal["mse", "bce"]


def image_distance(decoded: Tensor, x: Tensor, kind: Loss, where: Tensor | None = None) -> Tensor:
    """How far what the decoder returned is from `x`, summed over pixels: (B, C, H, W) twice -> (B,).

    mse: sum of squared differences; `decoded` are means. No sigmoid: its flat ends cost training about a
        tenth of its progress here (docs/lab-notes.md).
    bce: binary cross-entropy; `decoded` are logits, so that it is finite however sure the network is.
    where: the pixels that count, true or false in the shape of `x`; without it, all do.
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

    Closed form: 1/2 sum (log s_p^2 - log s^2 - 1 + (s^2 + (m - m_p)^2) / s_p^2), and for N(0, I) that of Kingma
    and Welling (2014), appendix B: -1/2 sum (1 + log s^2 - m^2 - s^2). Mean and logvar are (B, D); what is
    said of the prior may be of any shape that broadcasts to it.
    """
    distance = (mean - prior_mean).square() * (-prior_logvar).exp()
    return 0.5 * (prior_logvar - logvar - 1 + (logvar - prior_logvar).exp() + distance).sum(1)
