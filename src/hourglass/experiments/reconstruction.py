"""Compressing: how close the image that comes back is to the one that went in."""

from hourglass.evaluation import reconstruction
from hourglass.experiments.material import Figures, Material, Pictures
from hourglass.inference import reconstruct
from hourglass.models.autoencoder import Autoencoder


def applies(model: Autoencoder) -> bool:
    """To every autoencoder."""
    return True


def figures(model: Autoencoder, material: Material) -> Figures:
    """Of test images; `validation_mse` and its interval of validation images."""
    test = reconstruction.measure(reconstruct(model, material.test.images, material.test.labels), material.seed)
    pairs = reconstruct(model, material.validation.images, material.validation.labels)
    held_out = reconstruction.squared_error(pairs, material.seed)
    return {**test, "validation_mse": held_out["mse"], "validation_mse_ci": held_out["mse_ci"]}


def pictures(model: Autoencoder, material: Material) -> Pictures:
    """One test image of each class, and what comes back of it: (classes, C, H, W)."""
    shown = material.examples()
    ((originals, rebuilt),) = reconstruct(model, shown.images, shown.labels)
    return {"originals": originals, "reconstructions": rebuilt}
