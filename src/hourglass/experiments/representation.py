"""Organising: what the code knows of the classes, although it was learned without them."""

import numpy as np

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
    pixels = test.images[: representation.TRUSTED_CODES].reshape(-1, test.images[0].size) / np.float32(255)
    return {
        **representation.measure(codes[0], train.labels, codes[1], test.labels, material.seed),
        "trustworthiness": representation.trustworthiness(pixels, codes[1]),
    }


def pictures(model: Autoencoder, material: Material) -> Pictures:
    """Codes of the first test images as points of the plane (M, 2), and their classes (M,)."""
    shown = material.test.part(slice(CODES_SHOWN))
    codes = representation.picture(encode(model, shown.images, shown.labels), material.seed)
    return {"codes": codes, "labels": shown.labels}
