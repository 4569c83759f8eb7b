"""Compare values of `squeeze` of a variant: ROC-AUC on validation images, each class in turn as the normal one.

    python -m benchmarks.squeeze 1 rotated 1 0.7      seed, variant, values

The classes of validation images are looked at, test images are not read. The normal images among the validation images
are the calibration images as well: they choose the best epoch and standardise scores, for every value alike.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.detectors import Method, Params
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.stage import attempt
from hourglass.data.imageset import ImageSet, open_splits
from hourglass.data.normal import normal_images
from hourglass.detection.build import build
from hourglass.detection.detector import NormalImages
from hourglass.detection.metrics import auc

RESULTS = Path("benchmarks/results/squeeze")


def measure(
    settings: Params, variant: str, squeeze: float, seed: int, normal: int, train: ImageSet, validation: ImageSet
) -> float:
    """ROC-AUC of the variant's detector with this value and one normal class."""
    recipe = settings.recipe(variant)
    recipe = replace(recipe, network={**recipe.network, "squeeze": squeeze})
    own, calibration = (normal_images(part, [normal]) for part in (train, validation))
    # A ranking needs no threshold, so no half networks for one.
    plan = settings.plan(Method([variant]), clean=False)
    detector = build(plan, [recipe], seed, NormalImages(own, calibration, normal))
    return auc(detector.score(validation), validation.labels != normal)


def main(seed: int, variant: str, values: Sequence[float]) -> None:
    """Write a file for each value: ROC-AUC by normal class."""
    settings = params.read(Params)
    torch.set_num_threads(settings.threads)
    train, validation = open_splits("train", "validation")
    for value in values:
        classes = range(len(validation.classes))
        found = {normal: measure(settings, variant, value, seed, normal, train, validation) for normal in classes}
        mean = np.mean(list(found.values()))
        print(f"{variant}, squeeze {value:g}, seed {seed}: mean ROC-AUC {mean:.4f}", flush=True)
        write_json(RESULTS / f"{variant}-{value:g}-{seed}.json", found)


if __name__ == "__main__":
    sys.exit(attempt(lambda: main(int(sys.argv[1]), sys.argv[2], [float(value) for value in sys.argv[3:]])))
