"""Whether the trainings of params.yaml are as good as the longer ones that they replaced, over three seeds.

Both train the same networks. Validation images are measured: the error of networks that learned all classes, and the
ROC-AUC of detectors that learned T-shirts. Test images are not read.
"""

import sys
from collections.abc import Mapping
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
from hourglass.detectors import choice, registry
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
# What stood in params.yaml before trainings were shortened, and what single variants had instead.
LONG: Mapping[Section, Mapping[str, Any]] = {
    "train": {"epochs": 8, "batch_size": 256, "learning_rate": 0.008},
    "train_normal": {"epochs": 20, "batch_size": 128, "learning_rate": 0.005},
}
OWN: Mapping[str, Mapping[str, Any]] = {"vae": {"learning_rate": 0.002}}


def plan(variant: str, section: Section, long: bool) -> TrainSettings:
    """How a variant is trained: as params.yaml has it, or for longer, as it had it once."""
    settings = schedule(variant, params.variant(variant), section)
    return settings.model_copy(update={**LONG[section], **OWN.get(variant, {})}) if long else settings


def network(
    variant: str, seed: int, settings: TrainSettings, train: arrays.Split, held_out: arrays.Split
) -> Autoencoder:
    """The variant, trained."""
    entry, shape = params.variant(variant), arrays.describe().image_shape
    model, _ = trained(f"variants.{variant}", entry, settings, shape, seed, train, held_out)
    return model.eval()


def measure(variant: str, seed: int, long: bool) -> dict[str, float]:
    """`mse` a pixel and `roc_auc`, on validation images."""
    train, held_out = (arrays.load(part) for part in ("train", "validation"))
    model = network(variant, seed, plan(variant, "train", long), train, held_out)
    mse = reconstruction.squared_error(reconstruct(model, held_out.images, held_out.labels), seed)["mse"]
    given = task(T_SHIRT, 0.0, seed)
    shirts = (arrays.Split(images, np.full(len(images), T_SHIRT)) for images in (given.train, given.held_out))
    model = network(variant, seed, plan(variant, "train_normal", long), *shirts)
    trained_on_shirts = {variant: (model, params.variant(variant))}
    every = fitted(Method([variant], registry.applicable(type(model))), trained_on_shirts, given)
    stated = params.section("detect", DetectSettings).scorers_of(variant)
    detector = fitted(Method([variant], stated or choice.best(every, given.held_out)), trained_on_shirts, given)
    auc = detection.auc(detector.score(held_out.images), held_out.labels != T_SHIRT)
    return {"mse": mse, "roc_auc": auc}


def main() -> None:
    """Write one file: variant -> `brief` or `long` -> figure -> its values, seed by seed."""
    torch.set_num_threads(params.common().threads)
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for variant in VARIANTS:
        found[variant] = {}
        for kind in ("brief", "long"):
            runs = [measure(variant, seed, long=kind == "long") for seed in SEEDS]
            found[variant][kind] = {figure: [run[figure] for run in runs] for figure in runs[0]}
            print(f"{variant}, {kind}: {found[variant][kind]}", flush=True)
    write_json(OUT, found)


if __name__ == "__main__":
    sys.exit(attempt(main))
