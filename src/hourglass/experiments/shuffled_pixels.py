"""Shuffled pixels: are convolutions better because they see neighbouring pixels together?

All images have their pixels moved by one random permutation, a different one for each seed. Nothing is lost, but
neighbouring pixels no longer belong together. A dense layer does not know which pixels are neighbours, so its error
should stay. A convolution has one kernel for all places, so its error should rise. `rise` is the error on shuffled
images over that on the images as they are.

Source: lecture "Autoencoders" (Métodos Generativos), "Autoencoders Convolucionales": they capture spatial relations
between pixels.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import numpy as np
import torch
from pydantic import Field, PositiveInt

from hourglass.data.imageset import ImageSet
from hourglass.experiments.common.context import Context, Measurements, over_seeds
from hourglass.experiments.common.networks import mse, train, untrained
from hourglass.experiments.common.settings import ExperimentSettings
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.networks import dense_decoder, dense_encoder


class Settings(ExperimentSettings):
    """Beside what all experiments state. dense: hidden widths of the dense network."""

    dense: Annotated[list[PositiveInt], Field(min_length=1)]


def obstacle(settings: Settings, context: Context) -> str | None:
    """Applies to all images."""
    return None


def run(settings: Settings, context: Context) -> Measurements:
    """Errors of both networks on images as they are and shuffled."""
    kinds: dict[str, Callable[[int], Autoencoder]] = {
        "convolutional": lambda seed: untrained(settings, context, seed),
        "dense": lambda seed: _dense(settings, context, seed),
    }
    seeds = context.seeds(settings.seeds)
    metrics = {}
    for kind, build in kinds.items():
        plain = [_error(build(seed), settings, context, seed) for seed in seeds]
        mixed = [_error(build(seed), settings, _shuffled(context, settings, seed), seed) for seed in seeds]
        rise = [after / before for before, after in zip(plain, mixed, strict=True)]
        metrics[kind] = {"mse": over_seeds(plain), "shuffled_mse": over_seeds(mixed), "rise": over_seeds(rise)}
    return Measurements(metrics)


def shuffled(images: ImageSet, order: np.ndarray) -> ImageSet:
    """The images with their pixels in another order (H * W,), the same in every image and channel."""
    pixels = images[:].reshape(*images.shape[:2], -1)[:, :, order].reshape(images.shape)
    return ImageSet(pixels, images.labels, images.classes)


def _shuffled(context: Context, settings: Settings, seed: int) -> Context:
    order = np.random.default_rng(seed).permutation(context.train[:1][0, 0].size)
    return replace(
        context,
        train=shuffled(context.train.first(settings.images), order),
        validation=shuffled(context.validation, order),
        test=shuffled(context.test, order),
    )


def _dense(settings: Settings, context: Context, seed: int) -> Autoencoder:
    """The experiment's network with dense layers in place of its own."""
    model, shape = untrained(settings, context, seed), context.train.image_shape
    torch.manual_seed(seed)
    model.encoder = dense_encoder(shape, settings.dense, model.latent_dim)
    model.decoder = dense_decoder(shape, settings.dense, model.latent_dim)
    return model


def _error(model: Autoencoder, settings: Settings, images: Context, seed: int) -> float:
    train(model, settings, images, seed)
    return mse(model, images.test)
