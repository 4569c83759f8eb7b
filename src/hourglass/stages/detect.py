"""Build one variant's anomaly detector, write it, and measure what was written on test images."""

from collections.abc import Mapping
from itertools import chain, repeat

from hourglass.core import device, layout, params
from hourglass.core.files import write_arrays, write_csv, write_json
from hourglass.core.metrics import to_json
from hourglass.core.params import Common
from hourglass.data.imageset import open_splits
from hourglass.data.masks import open_masks
from hourglass.data.normal import normal_images
from hourglass.data.settings import DataSettings
from hourglass.detection.build import build
from hourglass.detection.detector import NormalImages
from hourglass.detection.files import load_detector, save_detector
from hourglass.detection.measure import measure
from hourglass.detection.settings import DetectSettings
from hourglass.detection.threshold import too_few
from hourglass.models.checkpoints import load_trained
from hourglass.training.recipe import for_normal_class
from hourglass.training.settings import TrainSettings, VariantSettings


class Params(Common):
    """What the stage reads of params.yaml."""

    data: DataSettings
    train_normal: TrainSettings
    detect: DetectSettings
    variants: Mapping[str, VariantSettings]


def main(variant: str) -> None:
    settings = params.read(Params)
    on = device.find(settings.device)
    plan, normal = settings.detect.of(variant), settings.data.normal
    recipe = for_normal_class(settings.variants, variant, settings.train_normal)
    train, validation, test = open_splits("train", "validation", "test")
    own, calibration = (normal_images(part, normal) for part in (train, validation))
    image_fit = settings.data.images.fit if settings.data.images else "pad"
    images = NormalImages(own, calibration, normal[0], settings.data.name, normal[1:], image_fit)
    training = {"seed": settings.seed, **recipe.schedule.model_dump()}
    trained = load_trained(layout.model(variant, "normal"), recipe.module, recipe.network, training, recipe.where, on)

    save_detector(build(plan, [recipe], settings.seed, images, [trained], on), layout.detector(variant))
    if warning := too_few(len(calibration), plan.false_positive_rate):
        print(f"warning: {warning}")
    detector = load_detector(layout.detector(variant), on)  # what is measured is what is served
    sets = {"validation": validation, "test": test}
    masks = {name: open_masks(layout.split(name), (len(of), *train.image_shape[1:])) for name, of in sets.items()}
    found = measure(detector, plan, settings.seed, images, validation, test, masks)

    write_json(layout.metrics("detect", variant), to_json(found.metrics))
    write_csv(layout.roc(variant), ("false_positive_rate", "true_positive_rate"), found.roc)
    scores = zip(repeat("test"), found.labels, map(float, found.scores))
    validation_scores = zip(repeat("validation"), found.validation_labels, map(float, found.validation_scores))
    write_csv(layout.scores(variant), ("split", "class", "score"), chain(scores, validation_scores))
    write_arrays(layout.maps(variant), found.maps)
