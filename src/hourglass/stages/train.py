"""Train one variant on the images of all classes."""

from collections.abc import Mapping

from hourglass.core import layout, params
from hourglass.core.params import Common
from hourglass.data.imageset import ImageSet
from hourglass.models.checkpoints import save_model
from hourglass.training.settings import TrainSettings, VariantSettings, entry
from hourglass.training.train import Recipe, train, write_history


class Params(Common):
    """What the stage reads of params.yaml."""

    train: TrainSettings
    variants: Mapping[str, VariantSettings]


def main(variant: str) -> None:
    settings = params.read(Params)
    own = entry(settings.variants, variant)
    recipe = Recipe(f"variants.{variant}", own.module, own.network, own.schedule(variant, settings.train))
    images, validation = (ImageSet.open(layout.split(name)) for name in ("train", "validation"))
    model, history = train(recipe, settings.seed, images, validation)
    save_model(model, layout.model(variant, "all"))
    write_history(history, layout.history(variant, "all"))
