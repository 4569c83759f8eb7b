"""Sparse codes: how many units an image uses, and what each of them stands for."""

from hourglass.evaluation import sparsity
from hourglass.experiments.material import Figures, Material, Pictures
from hourglass.inference import Floats, encode
from hourglass.models.autoencoder import Autoencoder


def applies(model: Autoencoder) -> bool:
    """To codes that are meant to be mostly zeros."""
    return model.sparse


def figures(model: Autoencoder, material: Material) -> Figures:
    """Of the first test images' codes."""
    return {**sparsity.measure(codes(model, material))}


def pictures(model: Autoencoder, material: Material) -> Pictures:
    """What the most used units respond to, (units, C, H, W)."""
    return {"units": sparsity.pictures(codes(model, material), material.test.images)}


def codes(model: Autoencoder, material: Material) -> Floats:
    """Of the first test images (N, latent_dim)."""
    some = material.test.part(slice(sparsity.CODES))
    return encode(model, some.images, some.labels)
