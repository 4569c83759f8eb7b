"""Measure detectors on the tiles over several seeds, and print a table: `python compare.py mended pyod.knn.default`.

Run it in the repository with PYTHONPATH=src:. where params.yaml is the example's, after `hourglass repro prepare`.
Names are variants of params.yaml, CONTROLS, or baselines of benchmarks/baselines.py; those of PyOD need `make
.venv/benchmark`. All score the same tiles. Baselines are fitted on training and calibration tiles, as in
benchmarks/protocol.py.

A spread is the standard deviation over seeds. A seed decides on the training, and on the synthetic defects of scorer
selection. Tiles, and the defects that are drawn on them, are the same for every seed.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.baselines import BASELINES, flat
from benchmarks.libraries import Baseline
from hourglass.core import device, layout, params
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.params import check, suggestion
from hourglass.core.stage import attempt
from hourglass.data.imageset import ImageSet, open_splits
from hourglass.data.masks import open_masks
from hourglass.data.normal import anomalous, normal_images
from hourglass.detection.build import build
from hourglass.detection.defects import Defective
from hourglass.detection.detector import Detector, NormalImages
from hourglass.detection.marks import localise_marked, marked
from hourglass.detection.metrics import auc
from hourglass.detection.settings import DetectorSettings
from hourglass.detection.threshold import Scores
from hourglass.reporting.markdown import LEFT, RIGHT, write
from hourglass.stages.detect import Params
from hourglass.training.recipe import for_normal_class
from hourglass.training.settings import VariantSettings

DRAWN, OTHERS = ("scratch", "dent", "stain"), ("grass", "gravel")
SPLITS = ("validation", "test")
# ROC-AUC is over tiles: of all anomalies, of drawn defects, and of other textures, each against the normal tiles. The
# last three are of detectors with maps and a threshold only.
METRICS = ("ROC-AUC", "drawn defects", "grass, gravel", "pixel ROC-AUC", "AUPRO", "false alarms")

# Networks with as many latent dimensions as `mended`, without its damages. They are not in params.yaml, so that `make`
# does not train them on all classes too.
WIDE = {"latent_dim": 1024, "channels": [16, 32, 64], "hidden": 1024, "train": {"learning_rate": 0.002}}
CONTROLS = {
    "wide": {"module": "convolutional", **WIDE},
    "denoising": {"module": "denoising", "noise": "gaussian", "level": 0.5, **WIDE},
}


@dataclass(frozen=True)
class Tiles:
    """The tiles of a split. marked: those that anomaly maps are measured on, as detection/marks.py has it."""

    images: ImageSet
    marked: Defective


def open_tiles(split: str, normal: Sequence[int]) -> Tiles:
    """The tiles of a split, `validation` or `test`.

    Raises:
        SettingsError: params.yaml or the prepared images are not this example's.
    """
    (images,) = open_splits(split)
    masks = open_masks(layout.split(split), (len(images), *images.image_shape[1:]))
    known = marked(images, masks, normal)
    if known is None or not {*DRAWN, *OTHERS} <= set(images.classes):
        raise SettingsError(
            "params.yaml: data: not the tiles of this example; copy examples/textures/params.yaml, and run `hourglass "
            "repro prepare`"
        )
    return Tiles(images, known)


def read_settings() -> Params:
    """The settings of params.yaml, with CONTROLS among its variants. Synthetic defects select their scorers."""
    settings = params.read(Params)
    controls = {name: check(f"variants.{name}", entry, VariantSettings) for name, entry in CONTROLS.items()}
    plans = dict.fromkeys(CONTROLS, DetectorSettings(selection="defects"))
    detect = settings.detect.model_copy(update={"variants": {**plans, **settings.detect.variants}})
    return settings.model_copy(update={"variants": {**controls, **settings.variants}, "detect": detect})


def fitted(name: str, seed: int, settings: Params, images: NormalImages) -> Detector | Baseline:
    """A variant's detector, its network trained from `seed`; or a detector of another library."""
    if name in BASELINES:
        baseline = BASELINES[name](seed)
        baseline.fit(flat(images.train, images.calibration))
        return baseline
    recipe = for_normal_class(settings.variants, name, settings.train_normal)
    return build(settings.detect.of(name), [recipe], seed, images, on=device.find(settings.device))


def separations(scores: Scores, tiles: ImageSet, normal: Sequence[int]) -> list[float]:
    """ROC-AUC of scores (N,) for all anomalies, for drawn defects, and for other textures."""
    truth = anomalous(tiles.labels, normal)
    names = np.array(tiles.classes)[tiles.labels]
    kinds = (truth, np.isin(names, DRAWN), np.isin(names, OTHERS))
    return [auc(scores[~truth | kind], kind[~truth | kind]) for kind in kinds]


def measure(detector: Detector | Baseline, tiles: Tiles, normal: Sequence[int]) -> list[float]:
    """METRICS of our detector, or the first three of another library's."""
    if not isinstance(detector, Detector):
        return separations(detector.score(flat(tiles.images)), tiles.images, normal)
    scores = detector.score(tiles.images)
    flagged = scores[~anomalous(tiles.images.labels, normal)] > detector.threshold
    maps = detector.maps(tiles.marked.images)
    found = localise_marked(maps, tiles.marked.masks)
    return [*separations(scores, tiles.images, normal), *found.values(), float(flagged.mean())]


def cell(values: Sequence[float]) -> str:
    """The mean over seeds, and the standard deviation if there are several."""
    return f"{np.mean(values):.3f}" + (f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else "")


def rows(names: Sequence[str], seeds: int, splits: Sequence[str]) -> Iterator[list[str]]:
    """For each name and split: both, and a cell for each of METRICS, empty where it was not measured.

    Raises:
        SettingsError: a name is unknown, or the prepared images are of something else.
        HourglassError: PyOD is not installed.
    """
    settings = read_settings()
    torch.set_num_threads(settings.threads)
    for name in names:
        if name not in BASELINES and name not in settings.variants:
            raise SettingsError(f"{name!r} is no detector{suggestion(name, [*settings.variants, *BASELINES])}")
        if name.startswith("pyod.") and not find_spec("pyod"):
            raise HourglassError(f"{name}: PyOD is not installed; run `make .venv/benchmark`")
    normal = settings.data.normal
    train, validation = open_splits("train", "validation")
    images = NormalImages(normal_images(train, normal), normal_images(validation, normal), normal[0], "", normal[1:])
    tiles = {split: open_tiles(split, normal) for split in splits}
    for name in names:
        found: dict[str, list[list[float]]] = {split: [] for split in splits}
        for seed in range(1, seeds + 1):
            with redirect_stdout(sys.stderr):  # losses of epochs are no rows
                detector = fitted(name, seed, settings, images)
            for split in splits:
                found[split].append(measure(detector, tiles[split], normal))
        for split in splits:
            cells = [cell(values) for values in zip(*found[split], strict=True)]
            yield [f"`{name}`", split, *cells, *[""] * (len(METRICS) - len(cells))]


def main() -> None:
    """Read the command line, and print the rows as they are measured."""
    parser = argparse.ArgumentParser(description="Measure detectors on the tiles over several seeds.")
    parser.add_argument("names", nargs="+", help="variants, controls, or baselines of benchmarks/baselines.py")
    parser.add_argument("--seeds", type=int, choices=range(1, 11), default=3, help="how many trainings, 1 to 10")
    parser.add_argument("--splits", nargs="+", choices=SPLITS, default=SPLITS[:1], help="choose by validation")
    given = parser.parse_args()
    os.environ |= device.ENVIRONMENT
    with threadpool_limits(params.read(Params).threads):
        print(write(["detector", "tiles", *METRICS], [LEFT, LEFT, *[RIGHT] * len(METRICS)], []), end="")
        for row in rows(given.names, given.seeds, given.splits):
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    sys.exit(attempt(main))
