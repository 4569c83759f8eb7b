"""Train and measure one kind of autoencoder at one latent size after another: what if the code were very large?"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from hourglass.bottleneck.settings import SweepSettings
from hourglass.core.metrics import Estimate
from hourglass.data.imageset import ImageSet
from hourglass.data.normal import normal_images
from hourglass.detection.anomalies import with_anomalies
from hourglass.detection.metrics import ranking
from hourglass.evaluation import probes
from hourglass.evaluation.image_quality import mse_estimate
from hourglass.evaluation.inference import encode, reconstruct, score
from hourglass.models.autoencoder import Autoencoder
from hourglass.training.recipe import Recipe
from hourglass.training.settings import TrainSettings
from hourglass.training.train import train


@dataclass(frozen=True)
class Splits:
    """The prepared images of every class, and the numbers of the normal classes."""

    train: ImageSet
    validation: ImageSet
    test: ImageSet
    normal: tuple[int, ...]


@dataclass(frozen=True)
class SizeMetrics:
    """Metrics of one latent size.

    validation_mse, knn_accuracy: of a network trained on all classes; the latter where classes can be told apart.
    roc_auc: of the anomaly scores of a network trained on the normal class.
    """

    validation_mse: Estimate
    knn_accuracy: Estimate | None
    roc_auc: Estimate


def sweep(
    name: str, settings: SweepSettings, splits: Splits, seed: int, on: torch.device | str = "cpu"
) -> Iterator[tuple[int, SizeMetrics]]:
    """Latent dimensions and metrics of the variant `name` of the settings, from few dimensions to many.

    Args:
        on: the device that networks compute on.

    Raises:
        SettingsError: a setting of the network is unknown, mistyped or out of range.
        HourglassError: training diverged.
    """
    for latent_dim in settings.latent_dims:
        if latent_dim <= math.prod(splits.train.image_shape):
            yield latent_dim, _measure(name, latent_dim, settings, splits, seed, on)


def _measure(
    name: str, latent_dim: int, settings: SweepSettings, splits: Splits, seed: int, on: torch.device | str
) -> SizeMetrics:
    def trained(schedule: TrainSettings, images: ImageSet, validation: ImageSet) -> Autoencoder:
        variant = settings.variants[name]
        recipe = Recipe(f"sweep.variants.{name}", variant.module, variant.network(latent_dim), schedule)
        return train(recipe, seed, images, validation, on)[0]

    some, test = splits.train.first(settings.images), splits.test.first(probes.TEST_CODES)
    normal, normal_validation = (normal_images(part, splits.normal) for part in (splits.train, splits.validation))
    general = trained(settings.train, some, splits.validation)
    detector = trained(settings.train_normal, normal, normal_validation)
    impossible = probes.obstacle(some.labels, test.labels)
    codes = [encode(general, part) for part in (some, test)]
    tested = with_anomalies(splits.test, splits.normal, seed)
    return SizeMetrics(
        mse_estimate(reconstruct(general, splits.validation), seed),
        None if impossible else probes.knn_accuracy(codes[0], some.labels, codes[1], test.labels),
        ranking(tested.map(lambda part: score(detector, part, splits.normal[0])), tested.anomalous).roc_auc,
    )
