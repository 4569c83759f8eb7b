"""Whether an exported file scores as the detector that it was made from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hourglass.core.errors import HourglassError
from hourglass.export.formats import Call
from hourglass.export.source import Source, examples

# Largest difference in scores, in standard deviations; relative where a score is above 1.
TOLERANCE = 1e-3

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Agreement:
    """How far the scores of a file are from its detector's.

    difference: the largest, relative where a score is above 1. images: how many, and of which kind.
    """

    difference: float
    images: str

    def __str__(self) -> str:
        return f"on {self.images}, its scores differ from the detector's by at most {self.difference:.1e}"


def largest_difference(score: Floats, expected: Floats) -> float:
    """The largest difference of scores (N,), relative where one is above 1."""
    return float((np.abs(score - expected) / np.maximum(1, np.abs(expected))).max())


def compare(call: Call, source: Source) -> Agreement:
    """Compare scores and verdicts.

    Raises:
        HourglassError: they differ by more than rounding.
    """
    images, kind = examples(source.detector)
    expected = source.score(images)
    score, anomaly, _ = call(images)
    difference = largest_difference(score, expected)
    agreement = Agreement(difference, f"{len(images)} {kind}")
    # A score at the threshold, to within the tolerance, may fall on either side.
    clear = np.abs(expected - source.detector.threshold) > TOLERANCE
    wrong = int((clear & (anomaly != (expected > source.detector.threshold))).sum())
    if not difference <= TOLERANCE or wrong:
        raise HourglassError(
            f"nothing is written: {agreement}, and {wrong} verdicts differ. Distances between nearly equal latent "
            "codes are lost in rounding: use --format torch, or other scorers than kNN"
        )
    return agreement
