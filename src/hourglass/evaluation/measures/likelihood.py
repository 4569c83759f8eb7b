"""Likelihood: how probable a variational autoencoder makes test images, in nats.

Images are binarised first: each pixel becomes 1 with its grey level as the chance, drawn once from the seed, the same
for every network. Only then is -log p(x) the likelihood of an image, and comparable with published numbers (which
draw binarisations of their own; the interval over images says what to make of a difference). Conditional networks
bound log p(x|y) instead of log p(x). Unless a network was trained with `binarise`, such images are new to its encoder.

Images differ in their likelihood by tens of nats, but in what many latent codes add to a bound by one code, the ELBO,
by a few. So the ELBO is the mean over all test images, and what k codes add is the mean over the first 2,000: the
difference estimator of survey sampling (Särndal et al., 1992, "Model assisted survey sampling", section 6.3).
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logsumexp
from torch import Tensor

from hourglass.core.intervals import mean_estimate
from hourglass.core.metrics import Estimate
from hourglass.data.imageset import ImageSet, map_batches
from hourglass.evaluation.context import Context, Examples
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.gaussian import draw
from hourglass.models.losses import image_distance
from hourglass.models.variational import Variational, binarised

Array = NDArray[np.float64]

# Images whose latent codes are decoded at a time.
ROWS = 50
# Images with k codes each; all others have one.
BOUNDED = 2_000


@dataclass(frozen=True)
class Likelihood:
    """The importance-weighted bound as a cost: lower is better.

    iwae_nats: mean over test images of an upper bound on -log p(x).
    k: latent codes drawn per image, of the first 2,000. images: how many there are.
    """

    iwae_nats: Estimate
    k: int
    images: int


def applies(model: Autoencoder) -> bool:
    """Applies to networks whose decoder says how probable each pixel is."""
    return isinstance(model, Variational) and model.loss_kind == "bce"


def metrics(model: Variational, context: Context) -> Likelihood:
    """Bound the likelihood of all test images."""
    elbo = bounds(model, context.test, 1, context.seed)
    bound = bounds(model, context.test.first(BOUNDED), context.importance_samples, context.seed)
    found = difference_estimator(elbo, bound - elbo[: len(bound)])
    return Likelihood(mean_estimate(-found, context.seed), context.importance_samples, len(found))


def examples(model: Autoencoder, context: Context) -> Examples:
    """Returns no examples."""
    return {}


def difference_estimator(values: Array, differences: Array) -> Array:
    """Values (N,) whose mean estimates that of `values` + differences, where only the first n differences are known.

    Args:
        differences: (n,). Their mean stands for that of all; they spread N / n times as much around it, so that an
            interval over the N values is also one for what is not known.
    """
    mean, known = differences.mean(), len(differences)
    found = values + mean
    found[:known] += len(values) / known * (differences - mean)
    return found


def bounds(model: Variational, images: ImageSet, k: int, seed: int) -> NDArray[np.float64]:
    """Lower bounds (N,) on log p(x) of binarised images, by k latent codes per image."""
    # Pixels and codes are drawn apart, so that pixels do not depend on the latent dimensions.
    pixels, generator = (torch.Generator().manual_seed(seed + number) for number in range(2))

    def of_batch(x: Tensor, y: Tensor) -> Tensor:
        parts = zip(binarised(x, pixels).split(ROWS), y.split(ROWS), strict=True)
        weights = [log_weights(model, part, model.condition(labels), k, generator) for part, labels in parts]
        return torch.from_numpy(np.concatenate([importance_weighted_bound(part) for part in weights]))

    return map_batches(of_batch, images, on=model.device).astype(np.float64, copy=False)


def log_weights(
    model: Variational, x: Tensor, y: Tensor | None, k: int, generator: torch.Generator
) -> NDArray[np.float64]:
    """Log importance weights (B, k), log p(x|z) + log p(z|y) - log q(z|x, y), of k codes z per image drawn from q."""
    q, p = (
        [rows.expand(len(x), -1).repeat_interleave(k, 0) for rows in pair]
        for pair in (model.posterior(x, y), model.prior(y))
    )
    z = draw(q[0], q[1], generator)
    decoded = model.decode(z, None if y is None else y.repeat_interleave(k, 0))
    weights = log_normal(z, *p) - log_normal(z, *q) - image_distance(decoded, x.repeat_interleave(k, 0), "bce")
    return weights.view(-1, k).cpu().double().numpy()


def log_normal(z: Tensor, mean: Tensor, logvar: Tensor) -> Tensor:
    """Log density of N(mean, exp(logvar)) at z, summed over dimensions: (B, D) -> (B,)."""
    return -0.5 * (math.log(2 * math.pi) + logvar + (z - mean).square() * (-logvar).exp()).sum(1)


def importance_weighted_bound(log_weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """Log p(x) >= log (1/K) sum_k w_k, w_k = p(x, z_k) / q(z_k|x), z_k ~ q(z|x): (N, K) -> (N,), in nats.

    K = 1 is the ELBO; on average the bound rises with K, towards log p(x) (Burda et al., 2016, "Importance weighted
    autoencoders").

    Args:
        log_weights: log w_k for K draws of each of N images.
    """
    # In double precision: log-weights are hundreds of nats, and thousands of weights are added.
    return np.asarray(logsumexp(log_weights.astype(np.float64), axis=1) - np.log(log_weights.shape[1]))
