"""Likelihood: how probable a variational autoencoder makes images it has never seen, in nats.

Images are binarised first: each pixel becomes 1 with its grey level as the chance, drawn once from the seed, the same
for every model. Only then is -log p(x) the likelihood of an image, and comparable with published figures (which draw
binarisations of their own; the interval over images says what to make of a difference). Conditional models bound
log p(x|y) instead of log p(x). Unless a model was trained with `binarise`, such images are new to its encoder.
"""

import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass.evaluation import likelihood
from hourglass.experiments.material import Figures, Material, Pictures
from hourglass.inference import batches
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.gaussian import draw
from hourglass.models.losses import image_distance
from hourglass.models.variational import Variational

# Images whose codes are decoded at a time.
ROWS = 50


def applies(model: Autoencoder) -> bool:
    """To models whose decoder says how probable each pixel is."""
    return isinstance(model, Variational) and model.loss_kind == "bce"


def figures(model: Variational, material: Material) -> Figures:
    """iwae_nats: the bound on log p(x) as a cost, -log p(x) <= iwae_nats; k: draws an image; images: all of test."""
    # Made before the parts, so that what they need lies together and is used again.
    bounds, done = np.empty(len(material.test.labels)), 0
    for part in log_weights(model, material):
        bounds[done : done + len(part)] = likelihood.importance_weighted_bound(part)
        done += len(part)
    return {**likelihood.measure(bounds, material.seed), "k": material.importance_samples, "images": len(bounds)}


def pictures(model: Autoencoder, material: Material) -> Pictures:
    """None: there is nothing to see."""
    return {}


@torch.inference_mode()
def log_weights(model: Variational, material: Material) -> Iterator[NDArray[np.float64]]:
    """Log importance weights, log p(x|z) + log p(z|y) - log q(z|x, y), of k codes z drawn from q: (images, k) each."""
    # Pixels and codes are drawn apart, so that pixels do not depend on how long the codes are.
    pixels, generator = (torch.Generator().manual_seed(material.seed + number) for number in range(2))
    for images, labels in batches(model, material.test.images, material.test.labels):
        binary = torch.bernoulli(images, generator=pixels)
        for start in range(0, len(binary), ROWS):
            part = slice(start, start + ROWS)
            y = None if labels is None else labels[part]
            yield _log_weights(model, binary[part], y, material.importance_samples, generator)


def _log_weights(
    model: Variational, x: Tensor, y: Tensor | None, k: int, generator: torch.Generator
) -> NDArray[np.float64]:
    q, p = (
        [rows.expand(len(x), -1).repeat_interleave(k, 0) for rows in pair]
        for pair in (model.posterior(x, y), model.prior(y))
    )
    z = draw(q[0], q[1], generator)
    decoded = model.decode(z, None if y is None else y.repeat_interleave(k, 0))
    weights = log_normal(z, *p) - log_normal(z, *q) - image_distance(decoded, x.repeat_interleave(k, 0), "bce")
    return weights.view(-1, k).double().numpy()


def log_normal(z: Tensor, mean: Tensor, logvar: Tensor) -> Tensor:
    """Log density of N(mean, exp(logvar)) at z, summed over dimensions: (B, D) -> (B,)."""
    return -0.5 * (math.log(2 * math.pi) + logvar + (z - mean).square() * (-logvar).exp()).sum(1)
