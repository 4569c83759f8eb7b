"""Overcomplete codes: with more latent dimensions than pixels, does a penalty keep a network from copying its input?

Two networks of one layer each way have `factor` times as many units as the images have values. One has a penalty on
activations, the other none; else they are the same. Each is measured by

    mse             the error on test images
    noise           the error on uniform noise, as a share of its variance: a network that copies has a low one
    active_share    units above zero per image, as a share of all
    probe           a linear classifier on the latent codes, where classes can be told apart

Source: lecture 156, "Resultados de aprendizaje": latent_dim > input_dim with regularisation; lecture "Autoencoders:
Aprendizaje de Representaciones Latentes", "Bottleneck".
"""

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from hourglass.data.imageset import ImageSet
from hourglass.evaluation import probes
from hourglass.evaluation.inference import encode
from hourglass.experiments.common.context import Context, Found, over_seeds
from hourglass.experiments.common.networks import mse, trained
from hourglass.experiments.common.settings import ExperimentSettings
from hourglass.models.autoencoder import Autoencoder

# Images of noise. More pixels make networks whose training takes minutes: their size grows with the square.
NOISY, MOST_PIXELS = 500, 1_024
# Training images whose codes the linear classifier learns from.
PROBED = 4_000


class Settings(ExperimentSettings):
    """Beside what all experiments state. factor: latent dimensions per value of an image."""

    factor: Annotated[float, Field(gt=1, le=4)]


def obstacle(settings: Settings, context: Context) -> str | None:
    """A network without a bottleneck grows with the square of the number of pixels."""
    pixels = math.prod(context.train.image_shape)
    return None if pixels <= MOST_PIXELS else f"images have {pixels:,} values, more than {MOST_PIXELS:,}"


def run(settings: Settings, context: Context) -> Found:
    """Train with the penalty and without."""
    latent = math.ceil(settings.factor * math.prod(context.train.image_shape))
    ways = {"plain": {"weight": 0.0}, "sparse": {}}
    metrics: dict[str, object] = {"latent_dim": latent}
    for way, changed in ways.items():
        found = [
            _measured(trained(settings, context, seed, latent_dim=latent, **changed), context)
            for seed in context.seeds(settings.seeds)
        ]
        metrics[way] = {name: over_seeds([one[name] for one in found]) for name in found[0]}
    return Found(metrics)


def _measured(model: Autoencoder, context: Context) -> dict[str, float]:
    random = np.random.default_rng(context.seed)
    noise = ImageSet(random.integers(256, size=(NOISY, *context.train.image_shape), dtype=np.uint8))
    variance = noise.squared_differences(np.full(context.train.image_shape, 0.5)).mean()
    codes = encode(model, context.test)
    found = {
        "mse": mse(model, context.test),
        "noise": mse(model, noise) / float(variance),
        "active_share": float((codes > 0).mean()),
    }
    train = context.train.first(PROBED)
    if probes.obstacle(train.labels, context.test.labels) is None:
        accuracy = probes.probe_accuracy(encode(model, train), train.labels, codes, context.test.labels)
        found["probe_accuracy"] = accuracy.value
    return found
