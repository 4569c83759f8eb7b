"""The benchmark's protocol: one class is normal, every other class is an anomaly.

A detector gets training and calibration images of the normal class and nothing else: no label, no other image. Our
detectors keep the calibration images out of training. They choose the best epoch by them, standardise scores and set
thresholds. Baselines need no such images and are fitted on both. All score the same test images, and labels are used
after that, to compute the ROC-AUC. Our networks were chosen on validation images (docs/detectors.md).

The scorers of networks that train on rotated images were selected once, on calibration images of every class
(benchmarks/scorers.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hourglass.core import layout
from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.detection.metrics import auc
from hourglass.detection.threshold import Scores

T_SHIRT, SHIRT = 0, 6
T_SHIRT_NAME = "T-shirt/top"


@dataclass(frozen=True)
class Task:
    """The images of one normal class.

    normal: its number.
    contamination: share of the training images and of the calibration images that are anomalies.
    train, calibration: what detectors are built from; every image is labelled as normal, contaminating ones as well.
    test: images of all classes.
    """

    normal: int
    contamination: float
    train: ImageSet
    calibration: ImageSet
    test: ImageSet


@dataclass(frozen=True)
class TaskMetrics:
    """Metrics of one detector on one task.

    roc_auc: of all test images.
    t_shirt_vs_shirt: of T-shirts and shirts alone; None unless T-shirts are normal.
    false_positive_rate, true_positive_rate: shares of normal images and of anomalies above the threshold; None where
        no threshold was measured.
    """

    roc_auc: float
    t_shirt_vs_shirt: float | None = None
    false_positive_rate: float | None = None
    true_positive_rate: float | None = None


def tasks(contamination: float, seed: int) -> Iterator[Task]:
    """A task for each class; arguments and errors as of `task`."""
    for normal in range(len(_open("test").classes)):
        yield task(normal, contamination, seed)


def task(normal: int, contamination: float, seed: int) -> Task:
    """Read the images of one normal class; the same seed contaminates them in the same way.

    Raises:
        SettingsError: the prepared images are of another data set.
    """
    train, validation, test = (_open(name) for name in ("train", "validation", "test"))
    if T_SHIRT_NAME not in test.classes:
        raise SettingsError("params.yaml: data.name: the benchmark needs fashion_mnist, the data set with T-shirts")
    draws = np.random.default_rng(seed)
    images, calibration = (contaminated(part, normal, contamination, draws) for part in (train, validation))
    return Task(normal, contamination, images, calibration, test)


def contaminated(images: ImageSet, normal: int, share: float, draws: np.random.Generator) -> ImageSet:
    """The images of the normal class, a `share` of them replaced by anomalies, drawn evenly from the other images."""
    rows, others = np.flatnonzero(images.labels == normal), np.flatnonzero(images.labels != normal)
    count = round(share * len(rows))
    anomalies = draws.choice(others, count, replace=False)
    rows[draws.choice(len(rows), count, replace=False)] = anomalies
    return ImageSet(images[rows], np.full(len(rows), normal), images.classes)


def measure(scores: Scores, task: Task) -> TaskMetrics:
    """Compare scores (N,) of the test images with their classes."""
    labels = task.test.labels
    versus_shirt = None
    if task.normal == T_SHIRT:
        pair = np.isin(labels, (T_SHIRT, SHIRT))
        versus_shirt = auc(scores[pair], labels[pair] != task.normal)
    return TaskMetrics(auc(scores, labels != task.normal), versus_shirt)


def _open(name: str) -> ImageSet:
    return ImageSet.open(layout.split(name))
