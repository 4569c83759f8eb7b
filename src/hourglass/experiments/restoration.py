"""Restoring: what a model makes of damaged images, beside classical methods."""

from hourglass.evaluation import restoration
from hourglass.experiments.material import Figures, Material, Pictures
from hourglass.inference import restore
from hourglass.models.autoencoder import Autoencoder


def applies(model: Autoencoder) -> bool:
    """To what repairs images."""
    return model.restores


def figures(model: Autoencoder, material: Material) -> Figures:
    """At the damage the model was trained to undo, and, on fewer images, at the levels it names.

    Classical methods are tuned on validation images, at each level anew.
    """
    tuned, judged = material.validation.images[: restoration.TUNED], material.test.images[: restoration.JUDGED]
    pairs = {
        level: (restore(model, tuned, level, material.seed), restore(model, judged, level, material.seed))
        for level in model.levels
    }
    tried, repaired = pairs[model.level]
    rivals = restoration.baselines(material.train.images, tried["originals"], tried["observed"], repaired["observed"])
    found = restoration.measure(**repaired, baselines=rivals)
    rows = restoration.by_level(material.train.images, pairs, material.seed)
    # By name, as every other figure, so that each has a dotted path.
    return {**found, "level": model.level, "levels": {f"{row['level']:g}": row for row in rows}}


def pictures(model: Autoencoder, material: Material) -> Pictures:
    """restoration_originals, _observed and _restored: one test image of each class."""
    found = restore(model, material.examples().images, model.level, material.seed)
    return {f"restoration_{name}": images for name, images in found.items()}
