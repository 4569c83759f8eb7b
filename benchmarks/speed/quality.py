"""Whether networks and trainings are as good as those that they replaced, over three seeds.

Validation images are measured: the error of networks that learned all classes, how well those that restore do so, and
the ROC-AUC of detectors that learned T-shirts; but nothing where all is what it was. Test images are not read.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import nn

from benchmarks.ours import Method, fitted
from benchmarks.protocol import T_SHIRT, task
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.stage import attempt
from hourglass.data import arrays
from hourglass.data.arrays import Split
from hourglass.detectors.settings import DetectSettings
from hourglass.evaluation import detection
from hourglass.evaluation.reconstruction import squared_error
from hourglass.inference import reconstruct, restore
from hourglass.models import networks
from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.training.session import trained
from hourglass.training.settings import Section, TrainSettings, schedule

OUT = Path("benchmarks/results/speed/quality.json")

SEEDS = (1, 2, 3)
# A plain network, one that draws, one with convolutions, and two that restore.
VARIANTS = ("undercomplete", "vae", "convolutional", "denoising_gaussian", "denoising_salt_pepper")
# What stood in params.yaml before trainings were made faster, and what single variants had instead.
ONCE: Mapping[Section, Mapping[str, Any]] = {
    "train": {"epochs": 8, "batch_size": 256, "learning_rate": 0.008},
    "train_normal": {"epochs": 20, "batch_size": 128, "learning_rate": 0.005},
}
OWN: Mapping[str, Mapping[str, Any]] = {
    "vae": {"learning_rate": 0.002},
    "denoising_gaussian": {"epochs": 12, "batch_size": 128, "learning_rate": 0.004},
    "denoising_salt_pepper": {"batch_size": 128, "learning_rate": 0.004},
}
# Where a detector chooses: the same for both, so that only network and training differ.
SCORERS = ("window", "neighbours")


def plan(variant: str, section: Section, once: bool) -> TrainSettings:
    """How a variant is trained: as params.yaml has it, or as it had it once."""
    settings = schedule(variant, params.variant(variant), section)
    return settings.model_copy(update={**ONCE[section], **OWN.get(variant, {})}) if once else settings


def changed(variant: str, section: Section) -> bool:
    """Whether a variant's network or its training was another one."""
    convolutional = bool(params.variant(variant).get("channels"))
    return convolutional or plan(variant, section, once=False) != plan(variant, section, once=True)


def wide_doublings(image_shape: Shape, channels: Sequence[int]) -> nn.Sequential:
    """What decoders had before `networks.doublings`: windows of 3x3, which overlap and take a seventh more time.

    `vqvae`, which builds its own decoder, is not reached by it.
    """
    layers: list[nn.Module] = []
    for small, large in pairwise(networks.map_shapes(image_shape, channels)[::-1]):
        # Halving rounds up, so an even side needs one more row or column on the way back.
        even = (1 - large[1] % 2, 1 - large[2] % 2)
        layers += [nn.ConvTranspose2d(small[0], large[0], 3, stride=2, padding=1, output_padding=even), nn.GELU()]
    return nn.Sequential(*layers[:-1]).to(memory_format=torch.channels_last)


def network(variant: str, seed: int, section: Section, once: bool, train: Split, held_out: Split) -> Autoencoder:
    """The variant, trained."""
    entry, shape = params.variant(variant), arrays.describe().image_shape
    settings = plan(variant, section, once)
    with patch.object(networks, "doublings", wide_doublings) if once else nullcontext():
        model, _ = trained(f"variants.{variant}", entry, settings, shape, seed, train, held_out)
    return model.eval()


def errors(variant: str, seed: int, once: bool) -> dict[str, float]:
    """Squared error a pixel, on validation images: of them rebuilt, and restored from the damage of training."""
    train, held_out = (arrays.load(part) for part in ("train", "validation"))
    model = network(variant, seed, "train", once, train, held_out)
    found = {"mse": squared_error(reconstruct(model, held_out.images, held_out.labels), seed)["mse"]}
    if model.restores:
        images = restore(model, held_out.images, model.level, seed)
        found["restored_mse"] = squared_error([(images["originals"], images["restored"])], seed)["mse"]
    return found


def detection_area(variant: str, seed: int, once: bool) -> dict[str, float]:
    """ROC-AUC on validation images, T-shirts being normal."""
    held_out, given = arrays.load("validation"), task(T_SHIRT, 0.0, seed)
    shirts = (Split(images, np.full(len(images), T_SHIRT)) for images in (given.train, given.held_out))
    model = network(variant, seed, "train_normal", once, *shirts)
    scorers = params.section("detect", DetectSettings).scorers_of(variant) or SCORERS
    detector = fitted(Method([variant], scorers), {variant: (model, params.variant(variant))}, given)
    return {"roc_auc": detection.auc(detector.score(held_out.images), held_out.labels != T_SHIRT)}


# Section of params.yaml -> what is measured of the networks that it trains.
MEASURES: Mapping[Section, Callable[[str, int, bool], dict[str, float]]] = {
    "train": errors,
    "train_normal": detection_area,
}


def main() -> None:
    """Write one file: variant -> `now` or `once` -> figure -> its values, seed by seed."""
    torch.set_num_threads(params.common().threads)
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for variant in VARIANTS:
        found[variant] = {"now": {}, "once": {}}
        for section, measure in MEASURES.items():
            if changed(variant, section):
                for kind, figures in found[variant].items():
                    rows = [measure(variant, seed, kind == "once") for seed in SEEDS]
                    figures |= {figure: [row[figure] for row in rows] for figure in rows[0]}
                    print(f"{variant}, {kind}: {figures}", flush=True)
    write_json(OUT, found)


if __name__ == "__main__":
    sys.exit(attempt(main))
