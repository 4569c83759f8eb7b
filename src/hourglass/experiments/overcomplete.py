"""Overcomplete codes: with more latent dimensions than pixels, does a penalty keep a network from copying its input?

Three networks have one layer each way and are trained alike:

    plain     `factor` times as many units as the images have values, without a penalty
    sparse    the same with a penalty on activations
    small     as many units as `small` says, without a penalty: a bottleneck

Each is measured by

    mse, train_mse    the error on test images, and on as many training images
    error             the error on test images as a share of their variance about the mean training image
    noise             the error on uniform noise, as a share of its variance: a network that copies has a low one
    noise_left        noise with deviation 0.3 is added to test images: the squared distance of the reconstruction from
                      the clean image, as a share of the noisy image's
    active_share      units above zero per image, as a share of all
    probe_accuracy    a linear classifier on the latent codes, where classes can be told apart

Source: lecture 156, "Resultados de aprendizaje": latent_dim > input_dim with regularisation; lecture "Autoencoders:
Aprendizaje de Representaciones Latentes", "Bottleneck"; lecture "Autoencoders" (AI for Beginners), "Escenarios".
"""

import math
from typing import Annotated

import numpy as np
import torch
from pydantic import Field, PositiveInt

from hourglass.data.imageset import ImageSet, map_batches
from hourglass.evaluation import probes
from hourglass.evaluation.inference import encode
from hourglass.experiments.common.context import Context, Measurements, over_seeds
from hourglass.experiments.common.networks import mse, trained
from hourglass.experiments.common.settings import ExperimentSettings
from hourglass.models.autoencoder import Autoencoder

# Images of noise. More pixels make networks whose training takes minutes: their size grows with the square.
NOISY, MOST_PIXELS = 500, 1_024
# Training images whose codes the linear classifier learns from.
PROBED = 4_000
# Standard deviation of the noise that is added to images.
LEVEL = 0.3


class Settings(ExperimentSettings):
    """Beside what all experiments state. factor: latent dimensions per value of an image. small: with a bottleneck."""

    factor: Annotated[float, Field(gt=1, le=4)]
    small: PositiveInt


def obstacle(settings: Settings, context: Context) -> str | None:
    """A network without a bottleneck grows with the square of the number of pixels."""
    pixels = math.prod(context.train.image_shape)
    return None if pixels <= MOST_PIXELS else f"images have {pixels:,} values, more than {MOST_PIXELS:,}"


def run(settings: Settings, context: Context) -> Measurements:
    """Train the three networks."""
    latent = math.ceil(settings.factor * math.prod(context.train.image_shape))
    ways: dict[str, dict[str, object]] = {
        "plain": {"latent_dim": latent, "weight": 0.0},
        "sparse": {"latent_dim": latent},
        "small": {"latent_dim": settings.small, "weight": 0.0},
    }
    metrics: dict[str, object] = {"latent_dim": latent}
    for way, changed in ways.items():
        runs = [
            _measured(trained(settings, context, seed, **changed), settings, context)
            for seed in context.seeds(settings.seeds)
        ]
        metrics[way] = {name: over_seeds([one[name] for one in runs]) for name in runs[0]}
    return Measurements(metrics)


def _measured(model: Autoencoder, settings: Settings, context: Context) -> dict[str, float]:
    random = np.random.default_rng(context.seed)
    noise = ImageSet(random.integers(256, size=(NOISY, *context.train.image_shape), dtype=np.uint8))
    variance = noise.squared_differences(np.full(context.train.image_shape, 0.5)).mean()
    codes, trained_on = encode(model, context.test), context.train.first(settings.images)
    error = mse(model, context.test)
    measured = {
        "mse": error,
        "train_mse": mse(model, trained_on.first(len(context.test))),
        "error": error / float(context.test.squared_differences(trained_on.mean_image()).mean()),
        "noise": mse(model, noise) / float(variance),
        "noise_left": noise_left(model, context.test, context.seed),
        "active_share": float((codes > 0).mean()),
    }
    train = context.train.first(PROBED)
    if probes.obstacle(train.labels, context.test.labels) is None:
        accuracy = probes.probe_accuracy(encode(model, train), train.labels, codes, context.test.labels)
        measured["probe_accuracy"] = accuracy.value
    return measured


def noise_left(model: Autoencoder, images: ImageSet, seed: int) -> float:
    """Squared distance of reconstructed noisy images from the clean ones, as a share of that of the noisy images."""
    generator = torch.Generator().manual_seed(seed)

    def distances(x: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        noisy = x + LEVEL * torch.randn(x.shape, generator=generator)
        return torch.stack([(one - x).square().flatten(1).mean(1) for one in (model.reconstruct(noisy), noisy)], dim=1)

    rebuilt, noisy = map_batches(distances, images).mean(axis=0)
    return float(rebuilt / noisy)
