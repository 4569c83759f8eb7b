"""The detector that is exported: from the model registry, or from disk."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hourglass.core import layout, params
from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import Detector
from hourglass.detection.files import load_detector
from hourglass.prediction import models
from hourglass.tracking import card, contents, dataset, registered
from hourglass.tracking.contents import PublishSettings
from hourglass.tracking.registered import Registered

# Images on which an exported file is compared with its detector.
COMPARED = 200

# The card of a detector's file that is no variant's.
OF_FILE = """\
**Data.** Trained on images of the normal class of `{dataset}`: {normal}.

**Threshold.** An image is an anomaly if its score exceeds {threshold:.4f}. The threshold was set for a false-positive
rate of {rate:.3f} on {count:,} normal images that training did not see.

**Metrics.** Not known: a detector's file holds none."""


@dataclass(frozen=True)
class Source:
    """A detector with its name and card.

    score: images (N, C, H, W) uint8 -> scores (N,), by the code that the detector was published with.
    """

    name: str
    detector: Detector
    card: str
    score: Callable[[NDArray[np.uint8]], NDArray[np.floating]]


def find(model: str, start: Path) -> Source:
    """The detector that `model` means, as of `prediction.models.find`.

    Raises:
        HourglassError: there is none of that name, or its files are missing.
    """
    found = models.find(model, start)
    if isinstance(found, Registered):
        detector, text = registered.detector(found)
        served: Any = registered.load(found)
        return Source(
            found.name,
            detector,
            card.without_call(text),
            lambda images: served.predict(images)["score"].to_numpy(),
        )
    detector = load_detector(found)
    text = _of_variant(model) if found == layout.detector(model) else _of_file(detector)
    return Source(model, detector, text, lambda images: detector.score(ImageSet(images)))


def _of_variant(variant: str) -> str:
    """The card of a variant's detector on disk."""
    settings = params.read(PublishSettings)
    content, datasets = contents.read(variant, settings), dataset.read(settings.data.name)
    return card.without_call(card.text(content, settings.mlflow.names(settings.data).model, datasets))


def _of_file(detector: Detector) -> str:
    numbers = (detector.normal, *detector.also_normal)
    names = [detector.classes[number] for number in numbers if detector.classes]
    return OF_FILE.format(
        dataset=detector.dataset,
        normal=", ".join(names) or ", ".join(map(str, numbers)),
        threshold=detector.threshold,
        rate=detector.false_positive_rate,
        count=len(detector.calibration_scores),
    )


def examples(detector: Detector) -> tuple[NDArray[np.uint8], str]:
    """Images to compare on, and what they are: validation images, or noise where there are none of this shape."""
    shape = detector.image_shape
    try:
        images = ImageSet.open(layout.split("validation"))
        if images.image_shape == shape:
            return images.spread(COMPARED)[:], "validation images"
    except HourglassError:
        pass
    return np.random.default_rng(0).integers(0, 256, (COMPARED, *shape), dtype=np.uint8), "images of noise"
