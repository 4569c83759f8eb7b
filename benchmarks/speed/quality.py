"""Compare networks and trainings with those that they replaced, over three seeds.

    python -m benchmarks.speed.quality

On validation images: the error of networks trained on all classes, also of restored images, and the ROC-AUC of
detectors of T-shirts. Nothing is measured where neither network nor training has changed. Test images are not read.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch import nn

from benchmarks.protocol import T_SHIRT, task
from benchmarks.speed.recipes import Params, Section
from hourglass.core import layout, params
from hourglass.core.files import write_json
from hourglass.core.stage import attempt
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import NormalImages, fit
from hourglass.detection.metrics import auc
from hourglass.evaluation.image_quality import mse_estimate
from hourglass.evaluation.inference import reconstruct, restore
from hourglass.models import networks
from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.training.recipe import Recipe
from hourglass.training.train import train

OUT = Path("benchmarks/results/speed/quality.json")

SEEDS = (1, 2, 3)
# A plain network, a variational one, one with convolutions, and two that restore.
VARIANTS = ("undercomplete", "vae", "convolutional", "denoising_gaussian", "denoising_salt_pepper")
# What params.yaml had before trainings were made faster, and what single variants had instead.
BEFORE: Mapping[Section, Mapping[str, Any]] = {
    "train": {"epochs": 8, "batch_size": 256, "learning_rate": 0.008},
    "train_normal": {"epochs": 20, "batch_size": 128, "learning_rate": 0.005},
}
OWN_BEFORE: Mapping[str, Mapping[str, Any]] = {
    "vae": {"learning_rate": 0.002},
    "denoising_gaussian": {"epochs": 12, "batch_size": 128, "learning_rate": 0.004},
    "denoising_salt_pepper": {"batch_size": 128, "learning_rate": 0.004},
}
# Instead of scorer selection: the same for both, so that only network and training differ.
SCORERS = ["smoothed_residual", "knn"]


def recipe(variant: str, section: Section, before: bool, settings: Params) -> Recipe:
    """How the stage `section` trains a variant, now or before."""
    changes = {**BEFORE[section], **OWN_BEFORE.get(variant, {})} if before else {}
    return settings.recipe(variant, section, **changes)


def changed(variant: str, section: Section, settings: Params) -> bool:
    """Whether a variant's network or its training was another one before."""
    now, former = (recipe(variant, section, before, settings) for before in (False, True))
    return bool(now.network.get("channels")) or now.schedule != former.schedule


def overlapping_convolutions(image_shape: Shape, channels: Sequence[int]) -> nn.Sequential:
    """What decoders had before `networks.transposed_convolutions`: 3x3 kernels, which overlap and are slower."""
    layers: list[nn.Module] = []
    for small, large in pairwise(networks.map_shapes(image_shape, channels)[::-1]):
        # Halving rounds up, so an even side needs one more row or column on the way back.
        even = (1 - large[1] % 2, 1 - large[2] % 2)
        layers += [nn.ConvTranspose2d(small[0], large[0], 3, stride=2, padding=1, output_padding=even), nn.GELU()]
    return nn.Sequential(*layers[:-1]).to(memory_format=torch.channels_last)


def network(
    variant: str, section: Section, seed: int, before: bool, settings: Params, images: ImageSet, validation: ImageSet
) -> Autoencoder:
    """Train a variant; before, it also had `overlapping_convolutions`."""
    former = patch.object(networks, "transposed_convolutions", overlapping_convolutions)
    with former if before else nullcontext():
        return train(recipe(variant, section, before, settings), seed, images, validation)[0]


def errors(variant: str, seed: int, before: bool, settings: Params) -> dict[str, float]:
    """Squared error per pixel of validation images, reconstructed, and restored from the corruption of training."""
    images, validation = (ImageSet.open(layout.split(name)) for name in ("train", "validation"))
    model = network(variant, "train", seed, before, settings, images, validation)
    found = {"mse": mse_estimate(reconstruct(model, validation), seed).value}
    if model.restores:
        pairs = restore(model, validation, model.level, seed)
        found["restored_mse"] = mse_estimate([(pairs.originals, pairs.restored)], seed).value
    return found


def detection_auc(variant: str, seed: int, before: bool, settings: Params) -> dict[str, float]:
    """ROC-AUC on validation images, with T-shirts as the normal class."""
    given, validation = task(T_SHIRT, 0.0, seed), ImageSet.open(layout.split("validation"))
    model = network(variant, "train_normal", seed, before, settings, given.train, given.calibration)
    plan = settings.detect.of(variant)
    images = NormalImages(given.train, given.calibration, T_SHIRT)
    detector = fit([model], plan.scorers or SCORERS, images, plan.false_positive_rate)
    return {"roc_auc": auc(detector.score(validation), validation.labels != T_SHIRT)}


# Stage -> what is measured of the networks that it trains.
MEASURES: Mapping[Section, Callable[[str, int, bool, Params], dict[str, float]]] = {
    "train": errors,
    "train_normal": detection_auc,
}


def main() -> None:
    """Write one file: variant -> `now` or `before` -> metric -> its values, seed by seed."""
    settings = params.read(Params)
    torch.set_num_threads(settings.threads)
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for variant in VARIANTS:
        found[variant] = {"now": {}, "before": {}}
        for section, measure in MEASURES.items():
            if changed(variant, section, settings):
                for kind, metrics in found[variant].items():
                    rows = [measure(variant, seed, kind == "before", settings) for seed in SEEDS]
                    metrics |= {name: [row[name] for row in rows] for name in rows[0]}
                    print(f"{variant}, {kind}: {metrics}", flush=True)
    write_json(OUT, found)


if __name__ == "__main__":
    sys.exit(attempt(main))
