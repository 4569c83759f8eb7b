"""Controls: what a metric is worth when nothing was learned."""

from dataclasses import dataclass

import numpy as np

from hourglass.data.imageset import ImageSet, to_unit
from hourglass.evaluation import probes
from hourglass.evaluation.image_quality import ImageQuality, image_quality
from hourglass.evaluation.probes import ClassProbes, class_probes


@dataclass(frozen=True)
class MeanImageQuality(ImageQuality):
    """Of test images; `validation_mse` of validation images."""

    validation_mse: float


@dataclass(frozen=True)
class MeanImageMetrics:
    """Metrics of a decoder that gives the mean training image, whatever the latent code."""

    parameters: int
    latent_dim: int
    reconstruction: MeanImageQuality


@dataclass(frozen=True)
class PixelProbes(ClassProbes):
    """As for latent codes. Pixels are their own codes, so their nearest codes belong to their nearest images."""

    trustworthiness: float = 1.0


@dataclass(frozen=True)
class RawPixelsMetrics:
    """Metrics of pixels as latent codes."""

    latent_dim: int
    representation: PixelProbes


def mean_image(train: ImageSet, validation: ImageSet, test: ImageSet, seed: int) -> MeanImageMetrics:
    """Measure the mean of `train` as the reconstruction of every image."""
    mean = train.mean_image()
    batches = (to_unit(test[rows], np.float64) for rows in test.slices())
    quality = image_quality(((x, np.broadcast_to(mean, x.shape)) for x in batches), seed)
    validation_mse = float(validation.squared_differences(mean).mean())
    return MeanImageMetrics(mean.size, 0, MeanImageQuality(**vars(quality), validation_mse=validation_mse))


def raw_pixels(train: ImageSet, test: ImageSet, seed: int) -> RawPixelsMetrics:
    """Measure the pixels of the first images as their latent codes."""
    train, test = train.first(probes.TRAIN_CODES), test.first(probes.TEST_CODES)
    codes = [to_unit(images[:]).reshape(len(images), -1) for images in (train, test)]
    found = class_probes(codes[0], train.labels, codes[1], test.labels, seed)
    return RawPixelsMetrics(codes[0].shape[1], PixelProbes(**vars(found)))
