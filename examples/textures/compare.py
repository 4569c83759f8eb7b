"""Measure detectors on the tiles over several seeds, as rows of a table: `python compare.py mended pyod.knn.default`.

Run it where params.yaml is the example's, after `dvc repro prepare`, with PYTHONPATH=src:. and, for PyOD, in the
environment of the benchmark. Names are variants of params.yaml or baselines of benchmarks/baselines.py, all of which
score the same images. Baselines are fitted on training and calibration images, as in benchmarks/protocol.py.
"""

import argparse
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.baselines import BASELINES, flat
from hourglass.core import layout, params
from hourglass.data.imageset import ImageSet, open_splits
from hourglass.data.masks import open_masks
from hourglass.data.normal import anomalous, normal_images
from hourglass.detection.build import build
from hourglass.detection.detector import NormalImages
from hourglass.detection.marks import localise_marked, marked
from hourglass.detection.metrics import auc
from hourglass.stages.detect import Params
from hourglass.training.recipe import for_normal_class

# ROC-AUC over images, over pixels, and AUPRO; the last two only of detectors with maps.
Metrics = Sequence[float]


def of_variant(name: str, seed: int, settings: Params, images: NormalImages, tested: ImageSet, split: str) -> Metrics:
    """Train the network of a variant, build its detector and measure it."""
    recipe = for_normal_class(settings.variants, name, settings.train_normal)
    detector = build(settings.detect.of(name), [recipe], seed, images)
    found = [auc(detector.score(tested), anomalous(tested.labels, images.classes))]
    masks = open_masks(layout.split(split), (len(tested), *tested.image_shape[1:]))
    if known := marked(tested, masks, images.classes):
        found += localise_marked(detector.maps(known.images), known.masks).values()
    return found


def of_baseline(name: str, seed: int, images: NormalImages, tested: ImageSet) -> Metrics:
    """Fit a detector of another library and measure it."""
    baseline = BASELINES[name](seed)
    baseline.fit(flat(images.train, images.calibration))
    return [auc(baseline.score(flat(tested)), anomalous(tested.labels, images.classes))]


def rows(names: Sequence[str], seeds: int, split: str) -> Iterator[str]:
    """A row for each name: the mean of each metric, and its standard deviation over seeds."""
    settings = params.read(Params)
    normal = settings.data.normal
    train, validation, tested = open_splits("train", "validation", split)
    images = NormalImages(normal_images(train, normal), normal_images(validation, normal), normal[0])
    for name in names:
        measured = np.array(
            [
                of_baseline(name, seed, images, tested)
                if name in BASELINES
                else of_variant(name, seed, settings, images, tested, split)
                for seed in range(1, seeds + 1)
            ]
        )
        cells = [f"{one.mean():.3f} ± {one.std(ddof=1):.3f}" for one in measured.T]
        yield " | ".join(["", f"`{name}`", *cells, ""]).strip()


def main() -> None:
    """Read the command line and print the rows as they are measured."""
    parser = argparse.ArgumentParser(description="Measure detectors on the tiles over several seeds.")
    parser.add_argument("names", nargs="+", help="variants of params.yaml, or baselines of benchmarks/baselines.py")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--split", choices=["validation", "test"], default="validation", help="choose by the former")
    arguments = parser.parse_args()
    for row in rows(arguments.names, arguments.seeds, arguments.split):
        print(row, flush=True)


if __name__ == "__main__":
    main()
