"""Train one variant on the images of all classes."""

from collections.abc import Mapping

from hourglass.core import device, layout, params
from hourglass.core.params import Common
from hourglass.data.imageset import open_splits
from hourglass.models.checkpoints import save_model
from hourglass.training.recipe import for_all_classes
from hourglass.training.settings import TrainSettings, VariantSettings
from hourglass.training.train import train, write_history


class Params(Common):
    """What the stage reads of params.yaml."""

    train: TrainSettings
    variants: Mapping[str, VariantSettings]


def main(variant: str) -> None:
    settings = params.read(Params)
    recipe = for_all_classes(settings.variants, variant, settings.train)
    images, validation = open_splits("train", "validation")
    model, history = train(recipe, settings.seed, images, validation, device.find(settings.device))
    save_model(model, layout.model(variant, "all"))
    write_history(history, layout.history(variant, "all"))
