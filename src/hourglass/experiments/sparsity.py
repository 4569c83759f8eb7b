"""Sparse codes: how many units an image uses, and what each of them stands for."""

from hourglass.evaluation import sparsity
from hourglass.experiments.material import Figures, Material, Pictures
from hourglass.inference import encode
from hourglass.models.autoencoder import Autoencoder


def applies(model: Autoencoder) -> bool:
    """To codes that are meant to be mostly zeros."""
    return model.sparse


def figures(model: Autoencoder, material: Material) -> Figures:
    """Of test images' codes."""
    return {**sparsity.measure(encode(model, material.test.images, material.test.labels))}


def pictures(model: Autoencoder, material: Material) -> Pictures:
    """What the most used units respond to, (units, C, H, W)."""
    codes = encode(model, material.test.images, material.test.labels)
    return {"units": sparsity.pictures(codes, material.test.images)}
