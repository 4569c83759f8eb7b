"""Scorer selection: which scorers a detector combines, chosen without a single anomaly.

Calibration images that are rotated by quarter turns stand in for anomalies: each is a whole object, unlike the normal
ones, made of the same strokes and greys. Of all sets of up to three scorers, the one that separates rotated from
unrotated images best is selected; of equals, the smaller.

Selection says little where rotated images are normal, as zeros and textures are, and where networks were trained on
rotated images. State the scorers in params.yaml for those. The selected set was fitted to the calibration images, which
also set the threshold; the effect is smaller than the scatter of 500 images (docs/lab-notes.md).

Source: Golan and El-Yaniv (2018), "Deep anomaly detection using geometric transformations", for rotated images as
anomalies.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import Detector, NormalImages, fit
from hourglass.detection.metrics import auc
from hourglass.detection.scorer import applicable
from hourglass.detection.settings import DetectorPlan
from hourglass.models.autoencoder import Autoencoder

LARGEST = 3
# At most this many calibration images are rotated.
ROTATED = 2_000


def candidates(model: Autoencoder, plan: DetectorPlan, images: NormalImages) -> Detector:
    """One network with all the candidates that apply to it.

    Raises:
        SettingsError: a candidate does not exist, or none applies.
    """
    return fit([model], applicable(plan.candidates, model), images, plan.false_positive_rate)


def select(every: Detector, calibration: ImageSet) -> list[str]:
    """Names of the scorers to combine.

    Args:
        every: one network with all the scorers to select from.
        calibration: normal images that it was not trained on.
    """
    found = separations(every, calibration)
    # The first of equals, and small sets come first.
    selected, _ = max(found.items(), key=lambda pair: pair[1])
    return list(selected)


def separations(every: Detector, calibration: ImageSet) -> dict[tuple[str, ...], float]:
    """Sets of scorers, small ones first -> ROC-AUC of their mean on rotated against unrotated images.

    The mean over rotations: by one, two and three quarter turns, or by two where images are not square. Arguments as of
    `select`.
    """
    (member,) = every.members
    unrotated = calibration.spread(ROTATED)[:]
    turns = (1, 2, 3) if unrotated.shape[2] == unrotated.shape[3] else (2,)
    normal = every.standardised(ImageSet(unrotated))
    rotated = [
        every.standardised(ImageSet(np.ascontiguousarray(np.rot90(unrotated, turn, axes=(2, 3))))) for turn in turns
    ]
    anomalous = np.repeat([False, True], len(unrotated))

    def separation(columns: list[int]) -> float:
        scores = [np.concatenate([part[:, columns].mean(1) for part in (normal, other)]) for other in rotated]
        return float(np.mean([auc(one, anomalous) for one in scores]))

    names = list(member.scorers)
    return {chosen: separation([names.index(name) for name in chosen]) for chosen in sets(names)}


def sets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every set of one to LARGEST of the names, small ones first."""
    for size in range(1, LARGEST + 1):
        yield from combinations(names, size)
