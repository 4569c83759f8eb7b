"""Compression: how many bytes a code takes, beside PNG and WebP of the same image."""

import numpy as np
from numpy.typing import NDArray

from hourglass.evaluation import compression
from hourglass.experiments.material import Figures, Material, Pictures
from hourglass.inference import Floats, decode, decode_indices, encode, indices
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.quantiser import Quantised


def applies(model: Autoencoder) -> bool:
    """To codes of what the model was trained to give back; not where the receiver would need the class as well."""
    return not model.restores and not model.conditional


def figures(model: Autoencoder, material: Material) -> Figures:
    """Of the first test images; real-valued codes are rounded to a step chosen on validation images."""
    if isinstance(model, Quantised):
        images = material.test.images[: compression.JUDGED]
        numbers = indices(model, images)
        return compression.measure_indices(numbers, images, lambda found: decode_indices(model, found), material.seed)

    def encoded(images: NDArray[np.uint8]) -> Floats:
        return encode(model, images, np.zeros(len(images), np.int64))

    def decoded(codes: NDArray[np.float32]) -> Floats:
        return decode(model, codes, np.zeros(len(codes), np.int64))

    held_out, test = (part.images[: compression.JUDGED] for part in (material.validation, material.test))
    step = compression.choose_step(encoded(held_out), held_out, decoded)
    return compression.measure(encoded(test), test, decoded, step, material.seed)


def pictures(model: Autoencoder, material: Material) -> Pictures:
    """None: reconstructions show it."""
    return {}
