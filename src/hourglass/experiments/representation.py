"""Organising: what the code knows of the classes, although it was learned without them."""

import numpy as np

from hourglass.evaluation import representation
from hourglass.experiments.material import Figures, Material, Pictures
from hourglass.inference import draw_codes, encode, standardise
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.variational import Variational

CODES_SHOWN = 1000


def applies(model: Autoencoder) -> bool:
    """To every autoencoder."""
    return True


def figures(model: Autoencoder, material: Material) -> Figures:
    """Of the first test images' codes, beside the training codes that the measures may learn from.

    Variational models have two more, of codes drawn from q(z|x, y) instead of their means: `drawn_probe_accuracy`
    says what the decoder, which only ever saw draws, can know of the class. A conditional prior says a part of it;
    `residual_probe_accuracy` is of the same draws measured from the prior, (z - mean) / deviation.
    """
    train = material.train.part(slice(representation.TRAIN_CODES))
    test = material.test.part(slice(representation.TEST_CODES))
    codes = [encode(model, part.images, part.labels) for part in (train, test)]
    trusted = test.images[: representation.TRUSTED_CODES]
    pixels = trusted.reshape(len(trusted), -1) / np.float32(255)
    found = {
        **representation.measure(codes[0], train.labels, codes[1], test.labels, material.seed),
        "trustworthiness": representation.trustworthiness(pixels, codes[1]),
    }
    if isinstance(model, Variational):
        drawn = [draw_codes(model, part.images, part.labels, material.seed) for part in (train, test)]
        residual = [standardise(model, z, part.labels) for z, part in zip(drawn, (train, test), strict=True)]
        for kind, (known, new) in {"drawn": drawn, "residual": residual}.items():
            probed = representation.linear_probe(known, train.labels, new, test.labels)
            found |= {f"{kind}_{name}": value for name, value in probed.items()}
    return found


def pictures(model: Autoencoder, material: Material) -> Pictures:
    """Codes of the first test images as points of the plane (M, 2), and their classes (M,)."""
    shown = material.test.part(slice(CODES_SHOWN))
    codes = representation.picture(encode(model, shown.images, shown.labels), material.seed)
    return {"codes": codes, "labels": shown.labels}
