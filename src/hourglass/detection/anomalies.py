"""What detectors are tested on: images with anomalies among them, or else with synthetic defects."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hourglass.data.imageset import ImageSet, Labels
from hourglass.data.normal import anomalous
from hourglass.detection.defects import DEFECTS, Defective, defective
from hourglass.detection.threshold import Scores

# A ROC-AUC with an interval takes two anomalies.
FEWEST = 2
# Normal images on which each kind of defect is put.
DEFECTIVE = 300
SYNTHETIC = "synthetic defects"


@dataclass(frozen=True)
class Tested:
    """Images with anomalies among them.

    images: as they were given. defects: synthetic ones, on normal images; None where the images have anomalies.
    labels: class numbers of the images, then of the defects, each kind of which is a class after the others.
    classes: names of all these classes. anomalous: which of all are anomalies.
    """

    images: ImageSet
    defects: ImageSet | None
    labels: Labels
    classes: Sequence[str]
    anomalous: NDArray[np.bool_]

    @property
    def stand_in(self) -> str | None:
        """What stands in for anomalies, as metrics files say it; None where there are anomalies."""
        return SYNTHETIC if self.defects else None

    def map(self, function: Callable[[ImageSet], Scores]) -> Scores:
        """What `function` makes of the images, then of the defects: (N, ...)."""
        parts = [self.images, *([self.defects] if self.defects else [])]
        return np.concatenate([function(part) for part in parts])


def with_anomalies(images: ImageSet, normal: Collection[int], seed: int) -> Tested:
    """The images, and synthetic defects on their normal ones if fewer than two of them are anomalies.

    Args:
        normal: numbers of the normal classes. seed: decides on the defects.
    """
    if np.count_nonzero(anomalous(images.labels, normal)) >= FEWEST:
        return Tested(images, None, images.labels, images.classes, anomalous(images.labels, normal))
    kinds = defects_on(images, normal, seed)
    count = len(next(iter(kinds.values())).masks)
    numbers = np.repeat(len(images.classes) + np.arange(len(kinds)), count)
    classes = (*images.classes, *(f"synthetic {kind}" for kind in kinds))
    pixels = np.concatenate([one.images[:] for one in kinds.values()])
    labels = np.concatenate([images.labels, numbers])
    return Tested(images, ImageSet(pixels, numbers, classes), labels, classes, anomalous(labels, normal))


def defects_on(images: ImageSet, normal: Collection[int], seed: int) -> Mapping[str, Defective]:
    """Each kind of defect on the first normal images."""
    intact = images.subset(np.flatnonzero(~anomalous(images.labels, normal))).first(DEFECTIVE)
    return {kind: defective(intact, kind, seed) for kind in DEFECTS}
