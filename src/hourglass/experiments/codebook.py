"""Discrete codes: how much of the vocabulary is in use."""

import numpy as np
from numpy.typing import NDArray

from hourglass.evaluation import codebook
from hourglass.experiments.material import Figures, Material, Pictures
from hourglass.inference import indices
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.quantiser import Quantised


def applies(model: Autoencoder) -> bool:
    """To codes made of codebook entries."""
    return isinstance(model, Quantised)


def figures(model: Quantised, material: Material) -> Figures:
    """Of the first test images' codes."""
    return {**codebook.measure(words(model, material), model.codes)}


def pictures(model: Quantised, material: Material) -> Pictures:
    """Share of the places in the first test images' codes that each entry takes, (codes,), most used first."""
    uses = np.bincount(words(model, material).ravel(), minlength=model.codes)
    return {"codebook_usage": np.sort(uses)[::-1] / uses.sum()}


def words(model: Quantised, material: Material) -> NDArray[np.int64]:
    """Numbers of the codebook entries that the first test images' codes are made of, (N, length)."""
    return indices(model, material.test.images[: codebook.CODES])
