"""Measure one variant on test images, by every measure that applies to it."""

from collections.abc import Mapping

from hourglass.core import device, layout, params
from hourglass.core.files import write_arrays, write_json
from hourglass.core.params import Common
from hourglass.data.imageset import open_splits
from hourglass.evaluation import image_files, reference_classifier
from hourglass.evaluation.context import Context
from hourglass.evaluation.run import evaluate
from hourglass.evaluation.settings import LikelihoodSettings
from hourglass.models.checkpoints import load_trained
from hourglass.training.recipe import for_all_classes
from hourglass.training.settings import TrainSettings, VariantSettings


class Params(Common):
    """What the stage reads of params.yaml."""

    train: TrainSettings
    likelihood: LikelihoodSettings
    variants: Mapping[str, VariantSettings]


def main(variant: str) -> None:
    settings = params.read(Params)
    on = device.find(settings.device)
    recipe = for_all_classes(settings.variants, variant, settings.train)
    training = {"seed": settings.seed, **recipe.schedule.model_dump()}
    model = load_trained(layout.model(variant, "all"), recipe.module, recipe.network, training, recipe.where, on)
    train, validation, test = open_splits("train", "validation", "test")
    classifier = reference_classifier.load(layout.REFERENCE_CLASSIFIER, on)
    files = image_files.load(layout.FILE_SIZES)
    context = Context(train, validation, test, classifier, files, settings.likelihood.k, settings.seed)
    content, examples = evaluate(model, context)
    write_json(layout.metrics("evaluate", variant), content)
    write_arrays(layout.examples(variant), examples)
