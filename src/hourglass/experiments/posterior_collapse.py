"""Posterior collapse: how many latent dimensions does a VAE use, and how does that depend on the weight of the KL term?

    loss = reconstruction + beta * KL(q(z|x) || N(0, I))

A dimension whose posterior is the prior for every image tells the decoder nothing: it has collapsed. For each beta:

    active_units   dimensions whose posterior mean varies between images, with a variance above 0.01
    kl             KL in nats per image, not weighted
    mse            error on test images, decoded from posterior means

Examples hold the KL of every dimension, largest first.

Training is shorter than that of the variants. So how many dimensions stay active shows the direction, and is not the
number that longer training ends with.

Source: lecture "Autoencoders" (AI for Beginners), on the KL loss. It names no collapse; that question is this
project's. Burda et al. (2016), "Importance weighted autoencoders", appendix C, for active units; Higgins et al. (2017),
"beta-VAE".
"""

from typing import Annotated, cast

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat

from hourglass.data.imageset import ImageSet, map_batches
from hourglass.experiments.common.context import Context, Measurements, over_seeds
from hourglass.experiments.common.networks import mse, trained
from hourglass.experiments.common.settings import ExperimentSettings
from hourglass.models.build import find
from hourglass.models.variational import Variational

# Variance of the posterior mean from which on a dimension counts as active.
ACTIVE = 0.01


class Settings(ExperimentSettings):
    """Beside what all experiments state. betas: weights of the KL term."""

    betas: Annotated[list[NonNegativeFloat], Field(min_length=2)]


def obstacle(settings: Settings, context: Context) -> str | None:
    """Applies to networks with a posterior."""
    variational = issubclass(find(settings.module, "experiments.posterior_collapse"), Variational)
    return None if variational else f"{settings.module} has no posterior that could collapse"


def run(settings: Settings, context: Context) -> Measurements:
    """Train with each beta; metrics stand at the beta, with _ for the point: `active_units.0_1`."""
    active, nats, errors, profiles = ({} for _ in range(4))
    for beta in settings.betas:
        models = [
            cast(Variational, trained(settings, context, seed, beta=beta)) for seed in context.seeds(settings.seeds)
        ]
        per_dimension = [kl_per_dimension(model, context.test) for model in models]
        key = f"{beta:g}".replace(".", "_")
        active[key] = over_seeds([active_units(model, context.test) for model in models])
        nats[key] = over_seeds([float(kl.sum()) for kl in per_dimension])
        errors[key] = over_seeds([mse(model, context.test) for model in models])
        profiles[f"kl_{key}"] = np.mean([np.sort(kl)[::-1] for kl in per_dimension], axis=0)
    return Measurements({"active_units": active, "kl": nats, "mse": errors}, profiles)


def active_units(model: Variational, images: ImageSet) -> int:
    """Dimensions whose posterior mean has a variance above 0.01 over the images."""
    means = map_batches(lambda x, _: model.posterior(x)[0], images)
    return int((means.var(axis=0) > ACTIVE).sum())


def kl_per_dimension(model: Variational, images: ImageSet) -> NDArray[np.floating]:
    """KL(q(z_j|x) || N(0, 1)) in nats, mean over the images: (latent_dim,)."""

    def kl(x: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        mean, logvar = model.posterior(x)
        return 0.5 * (mean.square() + logvar.exp() - 1 - logvar)

    return np.asarray(map_batches(kl, images).mean(axis=0, dtype=np.float64))
