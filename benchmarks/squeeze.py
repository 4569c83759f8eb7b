"""Choose how much `rotated` squeezes images: ROC-AUC on validation images, each class in turn as the normal one.

    python -m benchmarks.squeeze 1 rotated 1 0.7      seed, variant, values of its setting `squeeze`

Test images are not read. The normal images among the validation images are the calibration images too; they choose the
best epoch and standardise scores, for every value alike.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.detectors import Params
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.metrics import to_json
from hourglass.core.stage import attempt
from hourglass.data.imageset import ImageSet, open_splits
from hourglass.data.normal import normal_images
from hourglass.detection.build import build
from hourglass.detection.detector import NormalImages
from hourglass.detection.metrics import auc
from hourglass.training.train import train

RESULTS = Path("benchmarks/results/squeeze")


@dataclass(frozen=True)
class Found:
    """Of one normal class.

    roc_auc: of the variant's detector. scorers: of each of its scorers alone.
    rotation: cross-entropy of the predicted rotation on calibration images, in nats.
    """

    roc_auc: float
    scorers: dict[str, float]
    rotation: float


def measure(
    settings: Params, variant: str, squeeze: float, seed: int, images: NormalImages, validation: ImageSet
) -> Found:
    """Build the variant's detector with this value, and compare scores of validation images with their classes."""
    recipe = settings.recipe(variant)
    recipe = replace(recipe, network={**recipe.network, "squeeze": squeeze})
    network, history = train(recipe, seed, images.train, images.calibration)
    # Where the threshold lies does not matter to the ranking.
    plan = settings.detect.of(variant).model_copy(update={"threshold": "calibration"})
    detector = build(plan, [recipe], seed, images, [network])
    anomalous = validation.labels != images.normal
    by_scorer = detector.standardised(validation)
    return Found(
        auc(detector.score(validation), anomalous),
        {name: auc(by_scorer[:, column], anomalous) for column, name in enumerate(detector.weights)},
        min(history[1:], key=lambda row: row["validation_loss"])["validation_rotation"],
    )


def main(seed: int, variant: str, values: Sequence[float]) -> None:
    """Write a file for each value: normal class -> what was found."""
    settings = params.read(Params)
    torch.set_num_threads(settings.threads)
    train_images, validation = open_splits("train", "validation")
    for value in values:
        found = {}
        for normal in range(len(validation.classes)):
            own, calibration = (normal_images(part, [normal]) for part in (train_images, validation))
            images = NormalImages(own, calibration, normal)
            found[normal] = measure(settings, variant, value, seed, images, validation)
        mean = np.mean([one.roc_auc for one in found.values()])
        print(f"{variant}, squeeze {value:g}, seed {seed}: mean ROC-AUC {mean:.4f}", flush=True)
        write_json(RESULTS / f"{variant}-{value:g}-{seed}.json", to_json(found))


if __name__ == "__main__":
    sys.exit(attempt(lambda: main(int(sys.argv[1]), sys.argv[2], [float(value) for value in sys.argv[3:]])))
