"""Organising: what the code knows of the classes, although it was learned without them."""

from hourglass.evaluation import representation
from hourglass.experiments.material import Figures, Material, Pictures
from hourglass.inference import encode
from hourglass.models.autoencoder import Autoencoder

CODES_SHOWN = 1000


def applies(model: Autoencoder) -> bool:
    """To every autoencoder."""
    return True


def figures(model: Autoencoder, material: Material) -> Figures:
    """Of test images' codes, beside the training codes that the measures may learn from."""
    train, test = material.train.part(slice(representation.TRAIN_CODES)), material.test
    codes = [encode(model, part.images, part.labels) for part in (train, test)]
    return {**representation.measure(codes[0], train.labels, codes[1], test.labels)}


def pictures(model: Autoencoder, material: Material) -> Pictures:
    """Codes (M, latent_dim) of the first test images, and their classes (M,)."""
    shown = material.test.part(slice(CODES_SHOWN))
    return {"codes": encode(model, shown.images, shown.labels), "labels": shown.labels}
