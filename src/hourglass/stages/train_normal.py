"""Train one variant on the images of the normal classes only: the network of its anomaly detector."""

from collections.abc import Mapping

from hourglass.core import device, layout, params
from hourglass.core.params import Common
from hourglass.data.imageset import open_splits
from hourglass.data.normal import normal_images
from hourglass.data.settings import DataSettings
from hourglass.models.checkpoints import save_model
from hourglass.training.recipe import for_normal_class
from hourglass.training.settings import TrainSettings, VariantSettings
from hourglass.training.train import train, write_history


class Params(Common):
    """What the stage reads of params.yaml."""

    data: DataSettings
    train_normal: TrainSettings
    variants: Mapping[str, VariantSettings]


def main(variant: str) -> None:
    settings = params.read(Params)
    recipe = for_normal_class(settings.variants, variant, settings.train_normal)
    images, validation = (normal_images(part, settings.data.normal) for part in open_splits("train", "validation"))
    model, history = train(recipe, settings.seed, images, validation, device.find(settings.device))
    save_model(model, layout.model(variant, "normal"))
    write_history(history, layout.history(variant, "normal"))
