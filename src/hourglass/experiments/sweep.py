"""The `sweep` section of params.yaml."""

from typing import Annotated, Any

from pydantic import Field, PositiveInt

from hourglass.core.params import Settings
from hourglass.training.settings import TrainSettings


class SweepSettings(Settings):
    """What the bottleneck sweep trains.

    latent_dims: code sizes, from small to large; those above the number of pixels are left out.
    images: training images of all classes; detectors have all of the normal class.
    train, train_normal: how the networks are trained, on all classes and on the normal one.
    variants: name -> `module` and the module's settings, without latent_dim. Unconditional modules only.
    """

    latent_dims: Annotated[list[PositiveInt], Field(min_length=1)]
    images: PositiveInt
    train: TrainSettings
    train_normal: TrainSettings
    variants: dict[str, dict[str, Any]]
