"""Image files -> anomaly scores, verdicts and p-values, a batch at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hourglass.data.imageset import ImageSet
from hourglass.data.parallel import map_files
from hourglass.detection.detector import Detector
from hourglass.detection.threshold import require_finite
from hourglass.prediction.sources import read

Found: TypeAlias = tuple[NDArray[np.uint8], tuple[int, int]] | str
Apply = Callable[[Callable[[str], Found], Sequence[str]], Iterable[Found]]


@dataclass(frozen=True)
class Prediction:
    """What a detector says of the image in a file.

    score: higher is more anomalous; an anomaly if it exceeds `threshold`.
    p_value: share of calibration images at least as anomalous, the image itself counted (`threshold.p_values`).
    """

    file: str
    threshold: float
    score: float
    p_value: float

    @property
    def verdict(self) -> str:
        """`anomaly` or `normal`."""
        return "anomaly" if self.score > self.threshold else "normal"


@dataclass(frozen=True)
class Unreadable:
    """A file that could not be scored, and why."""

    file: str
    error: str


@dataclass(frozen=True)
class Batch:
    """Some files in order. images: those that could be read, (N, C, H, W); None if there are none."""

    rows: Sequence[Prediction | Unreadable]
    images: ImageSet | None

    @property
    def predictions(self) -> list[Prediction]:
        """The rows of `images`, in their order."""
        return [row for row in self.rows if isinstance(row, Prediction)]


def score_files(
    detector: Detector, files: Iterable[Sequence[str]], start: Path, apply: Apply = map_files
) -> Iterator[Batch]:
    """Read and score batches of files in order; a file that cannot be read does not stop the others.

    Args:
        start: where relative paths start.
        apply: applies what reads a file to each name of a batch, in order.

    Raises:
        HourglassError: a score is NaN or infinite.
    """
    reader = partial(read, start=start, shape=detector.image_shape, fit=detector.image_fit)
    for names in files:
        yield _score(detector, names, list(apply(reader, names)))


def _score(detector: Detector, names: Sequence[str], found: Sequence[Found]) -> Batch:
    """Score what was found in each file: its image, or why there is none."""
    pixels = [image[0] for image in found if not isinstance(image, str)]
    images = ImageSet(np.stack(pixels)) if pixels else None
    scores = detector.score(images) if images else np.empty(0, np.float32)
    require_finite(scores)
    scored = zip(scores.tolist(), detector.p_values(scores).tolist(), strict=True)
    rows = [
        Unreadable(name, image) if isinstance(image, str) else Prediction(name, detector.threshold, *next(scored))
        for name, image in zip(names, found, strict=True)
    ]
    return Batch(rows, images)
