"""Select scorers over all classes of the data set: for networks that train on rotated images.

    python -m benchmarks.scorers

Scorer selection (detection/selection.py) tells nothing of those networks, since rotated images are normal to them. A
plain network takes their place, with each class in turn as the normal one. params.yaml states the set of scorers that
is best on average over the ten classes: such a mean hardly depends on the draw of the calibration images.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from benchmarks.protocol import tasks
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.params import Common
from hourglass.core.stage import attempt
from hourglass.detection.detector import NormalImages, fit
from hourglass.detection.scorer import applicable
from hourglass.detection.selection import rotations, separations
from hourglass.detection.settings import DetectSettings
from hourglass.training.recipe import for_normal_class
from hourglass.training.settings import TrainSettings, VariantSettings
from hourglass.training.train import train

OUT = Path("benchmarks/results/scorers.json")

VARIANT = "undercomplete"


class Params(Common):
    """What the script reads of params.yaml."""

    train_normal: TrainSettings
    detect: DetectSettings
    variants: Mapping[str, VariantSettings]


def main() -> None:
    """Write one file: sets of scorers, the best first, and their ROC-AUC on rotated images, averaged over classes."""
    settings = params.read(Params)
    torch.set_num_threads(settings.threads)
    plan = settings.detect.of(VARIANT)
    recipe = for_normal_class(settings.variants, VARIANT, settings.train_normal)
    by_class = []
    for task in tasks(0.0, settings.seed):
        network, _ = train(recipe, settings.seed, task.train, task.calibration)
        images = NormalImages(task.train, task.calibration, task.normal)
        every = fit([network], applicable(plan.candidates, network), images, plan.false_positive_rate)
        by_class.append(separations(every, *rotations(task.calibration)))
    means = {names: float(np.mean([found[names] for found in by_class])) for names in by_class[0]}
    ranked = sorted(means, key=lambda names: -means[names])
    write_json(OUT, {" ".join(names): means[names] for names in ranked})


if __name__ == "__main__":
    sys.exit(attempt(main))
