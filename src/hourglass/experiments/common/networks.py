"""Train networks as the pipeline does, and measure how well they reconstruct."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from hourglass.core.errors import HourglassError, SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.evaluation.image_quality import per_image
from hourglass.evaluation.inference import Floats, reconstruct
from hourglass.experiments.common.context import Context
from hourglass.experiments.common.settings import ExperimentSettings
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build
from hourglass.models.losses import image_distance
from hourglass.models.trainable import Trainable
from hourglass.training.fit import Row, fit
from hourglass.training.settings import TrainSettings

# What `decode` returned and images, (B, C, H, W) each -> (B,).
Distance = Callable[[Tensor, Tensor], Tensor]


class Objective(Trainable):
    """An autoencoder that is trained by a loss of its own."""

    def __init__(self, network: Autoencoder, distance: Distance) -> None:
        super().__init__()
        self.network, self.distance = network, distance

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """The distance between decoded images and images."""
        return {"reconstruction": self.distance(self.network.decode(self.network.encode(x)), x)}


def squared_error(decoded: Tensor, x: Tensor) -> Tensor:
    """Squared error, summed over pixels; the decoder's outputs are means."""
    return image_distance(decoded, x, "mse")


def cross_entropy(decoded: Tensor, x: Tensor) -> Tensor:
    """Binary cross-entropy in nats, summed over pixels; the decoder's outputs are logits."""
    return image_distance(decoded, x, "bce")


def untrained(settings: ExperimentSettings, context: Context, seed: int, **changed: object) -> Autoencoder:
    """The experiment's network before training; `changed` are settings of the network that differ."""
    network = {**settings.network, **changed}
    return build(settings.module, network, context.train.image_shape, seed, where="experiments: network")


class DivergedError(Exception):
    """Training diverged: with these images the experiment has no result."""


def train(model: Trainable, settings: ExperimentSettings, context: Context, seed: int) -> list[Row]:
    """Train a model in place on the first images; return its history.

    Raises:
        DivergedError: training diverged.
    """
    return train_on(model, context.train.first(settings.images), context.validation, settings.train, seed)


def train_on(model: Trainable, images: ImageSet, validation: ImageSet, schedule: TrainSettings, seed: int) -> list[Row]:
    """As `train`, on any images and schedule."""
    try:
        return fit(model, images, validation, schedule, seed)
    except SettingsError:
        raise
    except HourglassError as error:
        raise DivergedError(str(error)) from None


def trained(settings: ExperimentSettings, context: Context, seed: int, **changed: object) -> Autoencoder:
    """The experiment's network, trained on the first images; `changed` are settings of the network that differ."""
    model = untrained(settings, context, seed, **changed)
    train(model, settings, context, seed)
    return model.eval()


def quality(model: Autoencoder, images: ImageSet) -> dict[str, float]:
    """`mse`, `bce`, `psnr` and `ssim` of reconstructions, means over the images."""
    batches = [per_image(x, rebuilt) for x, rebuilt in reconstruct(model, images)]
    return {name: float(np.concatenate([batch[name] for batch in batches]).mean()) for name in batches[0]}


def mse(model: Autoencoder, images: ImageSet) -> float:
    """Mean squared error per pixel of reconstructions."""
    pairs = reconstruct(model, images)
    return float(np.concatenate([np.square(rebuilt - x).mean(axis=(1, 2, 3)) for x, rebuilt in pairs]).mean())


def reconstructions(model: Autoencoder, images: ImageSet) -> Floats:
    """Reconstructions (N, C, H, W) of few images, clipped to [0, 1]."""
    return np.concatenate([rebuilt for _, rebuilt in reconstruct(model, images)]).clip(0, 1)


def parameters(module: torch.nn.Module) -> int:
    """Numbers that training sets."""
    return sum(value.numel() for value in module.parameters())
