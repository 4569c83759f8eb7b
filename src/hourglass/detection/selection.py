"""Scorer selection: how much each scorer counts in a detector, found without a single anomaly.

Calibration images that are rotated by quarter turns stand in for anomalies. Each is a whole object, unlike the normal
ones, made of the same strokes and greys. A set of scorers is good if its mean separates rotated from unrotated images:

    s(A) = ROC-AUC of the mean of the scorers in A, rotated against unrotated      A: one, two or three scorers
    p(A) = exp(s(A) / T) / sum over all sets B of exp(s(B) / T)                     T = TEMPERATURE
    w(i) = sum over all sets A that contain i of p(A) / |A|

The detector's score is the mean of its scorers' standardised values with weights w. It equals the average of all sets'
scores, each set with weight p(A).

Why an average, and not the best set: many sets are almost equally good. Which of them is best is decided by the draw of
the calibration images, or by how a processor rounds. Weights are a continuous function of the separations, so nothing
flips. The temperature is about one standard error of a separation by 500 images: sets that cannot be told apart count
alike. The average is also better than the best set, since errors of single scorers cancel (docs/lab-notes.md).

Rotations say little where rotated images are normal, as zeros and textures are, where networks were trained on rotated
images, and where anomalies are small. With `selection: defects` in params.yaml, calibration images with synthetic
defects (defects.py) stand in for anomalies, each kind like one rotation above. Or state the scorers; they count the
same. The weights were fitted to the calibration images, which also set the threshold; the effect is smaller than the
scatter of 500 images.

Sources: Golan and El-Yaniv (2018), "Deep anomaly detection using geometric transformations", for rotated images as
anomalies; Buckland et al. (1997), "Model selection: an integral part of inference", for exponential weights of models
in the place of a choice.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from scipy.special import softmax

from hourglass.data.imageset import ImageSet
from hourglass.detection.defects import DEFECTS, defective
from hourglass.detection.detector import Detector, Floats
from hourglass.detection.metrics import auc
from hourglass.detection.settings import StandIns

LARGEST = 3
# At most this many calibration images are looked at, and as many stand-ins of each kind.
MOST = 2_000
TEMPERATURE = 0.007


def select(every: Detector, calibration: ImageSet, by: StandIns = "rotations", seed: int = 0) -> dict[str, float]:
    """The weight of each scorer; positive, with sum 1.

    Args:
        every: a detector with all the scorers to select from.
        calibration: normal images that it was not trained on.
        by: what stands in for anomalies. seed: decides on synthetic defects.
    """
    stand_ins = rotations(calibration) if by == "rotations" else defects(calibration, seed)
    found = separations(every, *stand_ins)
    shares = softmax(np.array(list(found.values())) / TEMPERATURE)
    weights = dict.fromkeys(every.weights, 0.0)
    for names, share in zip(found, shares, strict=True):
        for name in names:
            weights[name] += float(share) / len(names)
    return weights


def rotations(calibration: ImageSet) -> tuple[ImageSet, list[ImageSet]]:
    """Unrotated images, and the same ones rotated by one, two and three quarter turns; by two if they are no square."""
    unrotated = calibration.spread(MOST)[:]
    turns = (1, 2, 3) if unrotated.shape[2] == unrotated.shape[3] else (2,)
    rotated = [np.ascontiguousarray(np.rot90(unrotated, turn, axes=(2, 3))) for turn in turns]
    return ImageSet(unrotated), [ImageSet(one) for one in rotated]


def defects(calibration: ImageSet, seed: int) -> tuple[ImageSet, list[ImageSet]]:
    """Intact images, and the same ones with each kind of synthetic defect."""
    intact = calibration.spread(MOST)
    return intact, [defective(intact, kind, seed).images for kind in DEFECTS]


def separations(every: Detector, normal: ImageSet, stand_ins: Sequence[ImageSet]) -> dict[tuple[str, ...], float]:
    """Sets of scorers, small ones first -> ROC-AUC of their mean on stand-ins against normal images.

    The mean over the kinds of stand-ins, of as many images each.

    Args:
        every: as of `select`.
    """
    usual, *others = (_by_scorer(every, images) for images in (normal, *stand_ins))
    anomalous = np.repeat([False, True], len(usual))

    def separation(columns: list[int]) -> float:
        scores = [np.concatenate([part[:, columns].mean(1) for part in (usual, other)]) for other in others]
        return float(np.mean([auc(one, anomalous) for one in scores]))

    names = list(every.weights)
    return {chosen: separation([names.index(name) for name in chosen]) for chosen in sets(names)}


def _by_scorer(every: Detector, images: ImageSet) -> Floats:
    """Standardised values of each scorer, averaged over networks: (N, S)."""
    return every.standardised(images).reshape(len(images), len(every.members), -1).mean(1)


def sets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every set of one to LARGEST of the names, small ones first."""
    for size in range(1, LARGEST + 1):
        yield from combinations(names, size)
