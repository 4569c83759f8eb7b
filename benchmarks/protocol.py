"""The benchmark's protocol: one class is normal, every other one an anomaly.

A detector sees the training images of the normal class and nothing else: no label, no other image. (Which scorers our
turning networks have was found once, with held-out images of every class as the normal one: benchmarks/scorers.py.)
Ours keep the validation images of that class out of training, to choose the best epoch, to scale scores and to set
thresholds; rivals need no such images and are fitted on both. All score the same test images, and labels are used to
compute ROC-AUC, after the scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hourglass.core.errors import SettingsError
from hourglass.data import arrays
from hourglass.evaluation.detection import auc

T_SHIRT, SHIRT = 0, 6

Images = NDArray[np.uint8]
Scores = NDArray[np.floating]


@dataclass(frozen=True)
class Task:
    """Normal training and held-out images, uint8 (N, C, H, W); test images, and which of them are of which class."""

    normal: int
    train: Images
    held_out: Images
    test: arrays.Split

    @property
    def flat(self) -> NDArray[np.float32]:
        """Training and held-out images as float32 (N, D) in [0, 1]."""
        both = np.concatenate([self.train, self.held_out])
        return both.reshape(len(both), -1).astype(np.float32) / np.float32(255)

    @property
    def flat_test(self) -> NDArray[np.float32]:
        """Test images as float32 (N, D) in [0, 1]."""
        return self.test.images[:].reshape(len(self.test.images), -1).astype(np.float32) / np.float32(255)


def task(normal: int, contamination: float, seed: int) -> Task:
    """The images of one normal class.

    Args:
        contamination: share of the training and of the held-out images that are anomalies, drawn evenly from the
            other classes of the same part of the data and put in the place of normal images.

    Raises:
        SettingsError: params.yaml names another dataset.
    """
    if arrays.describe().name != "fashion_mnist":
        raise SettingsError("params.yaml: data.name: the benchmark is about fashion_mnist; no other has its T-shirts")
    draws = np.random.default_rng(seed)
    parts = [dirty(arrays.load(part), normal, contamination, draws) for part in ("train", "validation")]
    return Task(normal, parts[0], parts[1], arrays.load("test"))


def dirty(split: arrays.Split, normal: int, share: float, draws: np.random.Generator) -> Images:
    """The normal images of `split`, a `share` of them replaced by anomalies."""
    images = split.images[np.flatnonzero(split.labels == normal)]
    count = round(share * len(images))
    others = np.flatnonzero(split.labels != normal)
    images[draws.choice(len(images), count, replace=False)] = split.images[draws.choice(others, count, replace=False)]
    return images


def judge(scores: Scores, labels: NDArray[np.int64], normal: int) -> dict[str, Any]:
    """ROC-AUC of test scores (N,), overall, and of T-shirts against shirts where either is normal."""
    found: dict[str, Any] = {"auc": auc(scores, labels != normal)}
    if normal == T_SHIRT:
        pair = np.isin(labels, (T_SHIRT, SHIRT))
        found["t_shirt_vs_shirt"] = auc(scores[pair], labels[pair] != normal)
    return found


def gather(results: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """What `judge` found for one class after another -> one list a figure."""
    names = dict.fromkeys(name for result in results for name in result)
    return {name: [result[name] for result in results if name in result] for name in names}
