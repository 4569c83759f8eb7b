"""Discrete codes: how much of the vocabulary is in use."""

import numpy as np

from hourglass.evaluation import codebook
from hourglass.experiments.material import Figures, Material, Pictures
from hourglass.inference import indices
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.quantiser import Quantised


def applies(model: Autoencoder) -> bool:
    """To codes made of codebook entries."""
    return isinstance(model, Quantised)


def figures(model: Quantised, material: Material) -> Figures:
    """Of test images' codes."""
    return {**codebook.measure(indices(model, material.test.images), model.codes)}


def pictures(model: Quantised, material: Material) -> Pictures:
    """Share of the places in test images' codes that each entry takes, (codes,), most used first."""
    uses = np.bincount(indices(model, material.test.images).ravel(), minlength=model.codes)
    return {"codebook_usage": np.sort(uses)[::-1] / uses.sum()}
