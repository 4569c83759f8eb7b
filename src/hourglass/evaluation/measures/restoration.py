"""Restoration: corrupted images restored by a network, beside classical methods."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hourglass.core.intervals import mean_estimate
from hourglass.core.metrics import Estimate
from hourglass.evaluation.classical_restorers import Clean, baselines, visible
from hourglass.evaluation.context import Context, Examples
from hourglass.evaluation.image_quality import per_image, psnr
from hourglass.evaluation.inference import Restored, restore
from hourglass.models.autoencoder import Autoencoder

Array = NDArray[np.floating]

# The slowest method takes some 20 ms per image, so the first 500 test images are restored, and settings are selected
# on the first 25 validation images.
RESTORED, TUNED = 500, 25
# Classical methods learn from the first training images; as floating-point numbers they are the most that is held.
LEARNED = 60_000


@dataclass(frozen=True)
class Quality:
    """PSNR in dB and SSIM of restored images clipped to [0, 1], means over the images."""

    psnr: Estimate
    ssim: Estimate


@dataclass(frozen=True)
class LevelMetrics(Quality):
    """At one level of corruption, of the network's restorations and of the baselines'.

    input_psnr: of what was left, small images enlarged by repeating pixels, hidden pixels black.
    baselines: name of a classical method -> its quality.
    best_baseline: the one with the highest PSNR on these very images. baseline_psnr: its PSNR.
    gain: how far the network's PSNR is above that, in dB, image by image.
    """

    input_psnr: float
    baselines: Mapping[str, Quality]
    best_baseline: str
    baseline_psnr: float
    gain: Estimate


@dataclass(frozen=True)
class Restoration(LevelMetrics):
    """At the level that the network was trained for, and at each level (`levels`, by the level as text)."""

    level: float
    levels: Mapping[str, LevelMetrics]


def applies(model: Autoencoder) -> bool:
    """Applies to networks that restore images, at levels of corruption where classical methods can be compared."""
    return model.restores and bool(model.levels)


def metrics(model: Autoencoder, context: Context) -> Restoration:
    """Restore corrupted test images at every level that the network names.

    Classical methods are tuned on validation images, at each level anew.
    """
    tuned, test = context.validation.first(TUNED), context.test.first(RESTORED)
    clean = Clean(context.train.first(LEARNED)[:])
    levels = {}
    for level in model.levels:
        tried, found = (restore(model, images, level, context.seed) for images in (tuned, test))
        others = baselines(clean, tried.originals, tried.observed, found.observed)
        levels[level] = compare(found, others, context.seed)
    # By name, as every other metric, so that each has a dotted path.
    named = {f"{level:g}": found for level, found in levels.items()}
    return Restoration(**vars(levels[model.level]), level=model.level, levels=named)


def examples(model: Autoencoder, context: Context) -> Examples:
    """One test image of each class: `restoration_originals`, `restoration_observed` and `restoration_restored`."""
    found = restore(model, context.examples(), model.level, context.seed)
    return {f"restoration_{name}": images for name, images in vars(found).items()}


def compare(images: Restored, others: Mapping[str, Array], seed: int) -> LevelMetrics:
    """Compare what a network restored with what other methods did: name -> images (N, C, H, W)."""
    own = per_image(images.originals, images.restored)
    baseline = {name: per_image(images.originals, restored) for name, restored in others.items()}
    best = max(baseline, key=lambda name: baseline[name]["psnr"].mean())
    return LevelMetrics(
        **vars(_quality(own, seed)),
        input_psnr=float(psnr(images.originals, visible(images.observed, images.originals.shape)).mean()),
        baselines={name: _quality(values, seed) for name, values in baseline.items()},
        best_baseline=best,
        baseline_psnr=float(baseline[best]["psnr"].mean()),
        gain=mean_estimate(own["psnr"] - baseline[best]["psnr"], seed),
    )


def _quality(values: Mapping[str, Array], seed: int) -> Quality:
    return Quality(mean_estimate(values["psnr"], seed), mean_estimate(values["ssim"], seed))
