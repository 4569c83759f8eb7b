"""How variants of params.yaml are trained, for measurements of training."""

from collections.abc import Mapping
from typing import Any, Literal

from hourglass.core.params import Common
from hourglass.data.settings import IMAGE_SHAPES, DataSettings
from hourglass.detection.settings import DetectSettings
from hourglass.models.autoencoder import Shape
from hourglass.training.settings import TrainSettings, VariantSettings, entry
from hourglass.training.train import Recipe

# A section of params.yaml, and the stage that it configures.
Section = Literal["train", "train_normal"]


class Params(Common):
    """What the benchmarks of speed read of params.yaml."""

    data: DataSettings
    train: TrainSettings
    train_normal: TrainSettings
    detect: DetectSettings
    variants: Mapping[str, VariantSettings]

    @property
    def image_shape(self) -> Shape:
        """(C, H, W) of one image."""
        return IMAGE_SHAPES[self.data.name]

    def recipe(self, variant: str, section: Section = "train", **changes: Any) -> Recipe:
        """How the stage `section` trains a variant, with `changes` of its training settings."""
        own = entry(self.variants, variant)
        if section == "train":
            schedule = own.schedule(variant, self.train)
        else:
            schedule = own.normal_schedule(variant, self.train_normal)
        return Recipe(f"variants.{variant}", own.module, own.network, schedule.model_copy(update=changes))
