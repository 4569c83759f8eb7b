"""The scores that stage `detect` wrote, and whether a detector's file still gives them."""

import csv

import numpy as np
from numpy.typing import NDArray

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_bytes
from hourglass.data.imageset import ImageSet, Labels
from hourglass.detection.anomalies import Tested, with_anomalies
from hourglass.detection.files import load_detector
from hourglass.tracking.contents import Contents

# Images that a detector is tried on before it is published, and how far their scores may be off: other machines round
# otherwise. Scores are in standard deviations of normal images.
TRIED = 256
TOLERANCE = 1e-3
REBUILD = "run `hourglass repro` to rebuild it"


def validation_scores(content: Contents, tested: Tested) -> NDArray[np.floating]:
    """The scores (N,) of the validation images, and of the defects that stand in for anomalies among them.

    Raises:
        HourglassError: the file holds those of other images.
    """
    file = layout.scores(content.variant)
    values, classes = scores(content.variant, "validation")
    if not np.array_equal(classes, tested.labels):
        raise HourglassError(f"{file} does not hold the scores of all validation images; {REBUILD}")
    return values


def scores(variant: str, split: str) -> tuple[NDArray[np.float64], Labels]:
    """Scores (N,) of the images of a split, as stage `detect` wrote them, and their class numbers (N,).

    Raises:
        HourglassError: the file is missing, or holds no scores of these images.
    """
    file = layout.scores(variant)
    try:
        rows = [row for row in csv.DictReader(read_bytes(file).decode().splitlines()) if row["split"] == split]
        values = np.array([float(row["score"]) for row in rows])
        classes = np.array([int(row["class"]) for row in rows])
    except (KeyError, TypeError, ValueError, csv.Error):
        rows = []
    if not rows:
        raise HourglassError(f"{file} does not hold the scores of all {split} images; {REBUILD}")
    return values, classes


def require_scores(content: Contents, images: ImageSet) -> None:
    """Load the detector that is to be published, and return if it scores validation images as when it was measured.

    Raises:
        HourglassError: it cannot be loaded, or scores otherwise.
    """
    file = content.weights["detector"]
    rows = np.linspace(0, len(images) - 1, min(TRIED, len(images)), dtype=int)
    found = load_detector(file).score(images.subset(rows))
    tested = with_anomalies(images, content.normal, int(content.parameters["seed"]))
    written = validation_scores(content, tested)[rows]
    worst = int(np.abs(found - written).argmax())
    if not np.allclose(found, written, rtol=TOLERANCE, atol=TOLERANCE):
        raise HourglassError(
            f"{file} gives validation image {rows[worst]} the score {found[worst]:.4f}, "
            f"{layout.scores(content.variant)} says {written[worst]:.4f}: one of them is damaged, and nothing "
            "of it was published; run `hourglass check`"
        )
