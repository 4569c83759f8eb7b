"""The normal images of a set: what detectors train on, and what tells anomalies from them."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet, Labels

FEWEST = 2


def normal_images(images: ImageSet, normal: Sequence[int]) -> ImageSet:
    """The images of the classes numbered `normal`, all labelled with the first of these.

    To a detector several normal classes are one. So a conditional network trains under one condition, the one that it
    takes every image for later, and needs no class of an image that it scores.

    Raises:
        HourglassError: there are fewer than two.
    """
    found = images.subset(np.flatnonzero(~anomalous(images.labels, normal)))
    if len(found) < FEWEST:
        names = ", ".join(images.classes[number] for number in normal)
        raise HourglassError(
            f"data.normal_class: each split needs {FEWEST} images of {names}, found {len(found)} in one"
        )
    found.labels = np.full(len(found), normal[0], np.int64)
    return found


def anomalous(labels: Labels, normal: Collection[int]) -> NDArray[np.bool_]:
    """Whether class numbers (N,) are none of the normal ones: (N,)."""
    return np.isin(labels, list(normal), invert=True)
