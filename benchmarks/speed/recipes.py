"""How variants of params.yaml are trained, for measurements of training."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from hourglass.core.params import Common
from hourglass.data.settings import IMAGE_SHAPES, DataSettings
from hourglass.detection.settings import DetectSettings
from hourglass.models.autoencoder import Shape
from hourglass.training.recipe import Recipe, for_all_classes, for_normal_class
from hourglass.training.settings import TrainSettings, VariantSettings

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
        if section == "train":
            recipe = for_all_classes(self.variants, variant, self.train)
        else:
            recipe = for_normal_class(self.variants, variant, self.train_normal)
        return replace(recipe, schedule=recipe.schedule.model_copy(update=changes))
