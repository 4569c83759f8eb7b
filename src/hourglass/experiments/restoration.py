"""Restoring: what a model makes of damaged images, beside classical methods."""

from hourglass.evaluation import restoration
from hourglass.experiments.material import Figures, Material, Pictures
from hourglass.inference import restore
from hourglass.models.autoencoder import Autoencoder


def applies(model: Autoencoder) -> bool:
    """To what repairs images, at levels of damage that classical methods can be compared at."""
    return model.restores and bool(model.levels)


def figures(model: Autoencoder, material: Material) -> Figures:
    """At every level of damage that the model names; those at the trained one stand by themselves, too.

    Classical methods are tuned on validation images, at each level anew.
    """
    tuned, judged = material.validation.images[: restoration.TUNED], material.test.images[: restoration.JUDGED]
    clean = material.train.images[: restoration.LEARNED]
    levels = {}
    for level in model.levels:
        tried, repaired = (restore(model, images, level, material.seed) for images in (tuned, judged))
        rivals = restoration.baselines(clean, tried["originals"], tried["observed"], repaired["observed"])
        levels[level] = restoration.measure(**repaired, baselines=rivals, seed=material.seed)
    # By name, as every other figure, so that each has a dotted path.
    return {
        **levels[model.level],
        "level": model.level,
        "levels": {f"{level:g}": found for level, found in levels.items()},
    }


def pictures(model: Autoencoder, material: Material) -> Pictures:
    """restoration_originals, _observed and _restored: one test image of each class."""
    found = restore(model, material.examples().images, model.level, material.seed)
    return {f"restoration_{name}": images for name, images in found.items()}
