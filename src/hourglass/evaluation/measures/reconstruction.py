"""Reconstruction: how close reconstructions are to their images."""

from dataclasses import dataclass

from hourglass.core.metrics import Estimate
from hourglass.evaluation.context import Context, Examples
from hourglass.evaluation.image_quality import ImageQuality, image_quality, mse_estimate
from hourglass.evaluation.inference import reconstruct
from hourglass.models.autoencoder import Autoencoder


@dataclass(frozen=True)
class Reconstruction(ImageQuality):
    """Of test images; `validation_mse` of validation images."""

    validation_mse: Estimate


def applies(model: Autoencoder) -> bool:
    """Applies to every autoencoder."""
    return True


def metrics(model: Autoencoder, context: Context) -> Reconstruction:
    """Compare images with their reconstructions."""
    quality = image_quality(reconstruct(model, context.test), context.seed)
    validation_mse = mse_estimate(reconstruct(model, context.validation), context.seed)
    return Reconstruction(**vars(quality), validation_mse=validation_mse)


def examples(model: Autoencoder, context: Context) -> Examples:
    """One test image of each class and its reconstruction: `originals`, `reconstructions` (classes, C, H, W)."""
    ((originals, reconstructions),) = reconstruct(model, context.examples())
    return {"originals": originals, "reconstructions": reconstructions}
