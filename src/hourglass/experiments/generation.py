"""Generating: images that nobody ever took."""

from hourglass.experiments.material import Material, Pictures
from hourglass.inference import sample
from hourglass.models.autoencoder import Autoencoder

SAMPLES_SHOWN = 64


def applies(model: Autoencoder) -> bool:
    """To what draws new images."""
    return model.generative


def pictures(model: Autoencoder, material: Material) -> Pictures:
    """Samples (64, C, H, W), one class after another if the model is told the class."""
    classes = len(material.examples().labels)
    return {"samples": sample(model, SAMPLES_SHOWN, classes, material.seed)}
