"""Train one variant on the images of the normal class only: the network of its anomaly detector."""

from collections.abc import Mapping

from hourglass.core import layout, params
from hourglass.core.params import Common
from hourglass.data.imageset import ImageSet
from hourglass.data.settings import DataSettings
from hourglass.models.checkpoints import save_model
from hourglass.training.settings import TrainSettings, VariantSettings, entry
from hourglass.training.train import Recipe, train, write_history


class Params(Common):
    """What the stage reads of params.yaml."""

    data: DataSettings
    train_normal: TrainSettings
    variants: Mapping[str, VariantSettings]


def main(variant: str) -> None:
    settings = params.read(Params)
    own, normal = entry(settings.variants, variant), settings.data.normal_class
    recipe = Recipe(f"variants.{variant}", own.module, own.network, own.normal_schedule(variant, settings.train_normal))
    images, validation = (ImageSet.open(layout.split(name)).of_class(normal) for name in ("train", "validation"))
    model, history = train(recipe, settings.seed, images, validation)
    save_model(model, layout.model(variant, "normal"))
    write_history(history, layout.history(variant, "normal"))
