"""Whether the trainings of params.yaml are as good as those that they replaced, over three seeds.

Both train the networks of params.yaml. Validation images are measured: the error of networks that learned all classes,
and the ROC-AUC of detectors that learned T-shirts; but nothing where a training is what it was. Test images are not
read.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.ours import Method, fitted
from benchmarks.protocol import T_SHIRT, task
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.stage import attempt
from hourglass.data import arrays
from hourglass.detectors.settings import DetectSettings
from hourglass.evaluation import detection, reconstruction
from hourglass.inference import reconstruct
from hourglass.models.autoencoder import Autoencoder
from hourglass.training.session import trained
from hourglass.training.settings import Section, TrainSettings, schedule

OUT = Path("benchmarks/results/speed/quality.json")

SEEDS = (1, 2, 3)
# A plain network, one that draws and one with convolutions; each trains in a minute or so.
VARIANTS = ("undercomplete", "vae", "convolutional")
# What stood in params.yaml before trainings were made faster, and what single variants had instead.
ONCE: Mapping[Section, Mapping[str, Any]] = {
    "train": {"epochs": 8, "batch_size": 256, "learning_rate": 0.008},
    "train_normal": {"epochs": 20, "batch_size": 128, "learning_rate": 0.005},
}
# Where a detector chooses: the same for both trainings, so that only they differ.
SCORERS = ("window", "neighbours")
OWN: Mapping[str, Mapping[str, Any]] = {"vae": {"learning_rate": 0.002}}


def plan(variant: str, section: Section, once: bool) -> TrainSettings:
    """How a variant is trained: as params.yaml has it, or as it had it once."""
    settings = schedule(variant, params.variant(variant), section)
    return settings.model_copy(update={**ONCE[section], **OWN.get(variant, {})}) if once else settings


def changed(variant: str, section: Section) -> bool:
    """Whether a variant is trained in another way than it was."""
    return plan(variant, section, once=False) != plan(variant, section, once=True)


def network(
    variant: str, seed: int, settings: TrainSettings, train: arrays.Split, held_out: arrays.Split
) -> Autoencoder:
    """The variant, trained."""
    entry, shape = params.variant(variant), arrays.describe().image_shape
    model, _ = trained(f"variants.{variant}", entry, settings, shape, seed, train, held_out)
    return model.eval()


def error(variant: str, seed: int, once: bool) -> float:
    """Squared error a pixel, on validation images."""
    train, held_out = (arrays.load(part) for part in ("train", "validation"))
    model = network(variant, seed, plan(variant, "train", once), train, held_out)
    return reconstruction.squared_error(reconstruct(model, held_out.images, held_out.labels), seed)["mse"]


def detection_area(variant: str, seed: int, once: bool) -> float:
    """ROC-AUC on validation images, T-shirts being normal."""
    held_out, given = arrays.load("validation"), task(T_SHIRT, 0.0, seed)
    shirts = (arrays.Split(images, np.full(len(images), T_SHIRT)) for images in (given.train, given.held_out))
    model = network(variant, seed, plan(variant, "train_normal", once), *shirts)
    scorers = params.section("detect", DetectSettings).scorers_of(variant) or SCORERS
    detector = fitted(Method([variant], scorers), {variant: (model, params.variant(variant))}, given)
    return detection.auc(detector.score(held_out.images), held_out.labels != T_SHIRT)


# Figure -> how it is measured, and the section of params.yaml that it depends on.
FIGURES: Mapping[str, tuple[Callable[[str, int, bool], float], Section]] = {
    "mse": (error, "train"),
    "roc_auc": (detection_area, "train_normal"),
}


def main() -> None:
    """Write one file: variant -> `now` or `once` -> figure -> its values, seed by seed."""
    torch.set_num_threads(params.common().threads)
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for variant in VARIANTS:
        found[variant] = {"now": {}, "once": {}}
        for figure, (measure, section) in FIGURES.items():
            if changed(variant, section):
                for kind, figures in found[variant].items():
                    figures[figure] = [measure(variant, seed, kind == "once") for seed in SEEDS]
                    print(f"{variant}, {kind}, {figure}: {figures[figure]}", flush=True)
    write_json(OUT, found)


if __name__ == "__main__":
    sys.exit(attempt(main))
