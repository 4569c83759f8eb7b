"""The `sweep` section of params.yaml."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, PositiveInt

from hourglass.core.params import Settings
from hourglass.training.settings import TrainSettings


class SweepVariant(Settings):
    """One kind of autoencoder.

    module: name of a file in variants/, of an unconditional autoencoder. Its own settings stand beside it, without
        `latent_dim`.
    """

    # The module's own settings are checked against its constructor, in models/build.py.
    model_config = ConfigDict(extra="allow")

    module: str

    def network(self, latent_dim: int) -> dict[str, Any]:
        """The module's settings, unchecked, at one size of the latent code."""
        return {**(self.model_extra or {}), "latent_dim": latent_dim}


class SweepSettings(Settings):
    """What the bottleneck sweep trains.

    latent_dims: latent dimensions, from few to many; those above the number of pixels are left out.
    images: training images of all classes; detectors have all of the normal class.
    train, train_normal: how networks are trained, on all classes and on the normal one.
    variants: name -> what is trained at each size.
    """

    latent_dims: Annotated[list[PositiveInt], Field(min_length=1)]
    images: PositiveInt
    train: TrainSettings
    train_normal: TrainSettings
    variants: dict[str, SweepVariant]
