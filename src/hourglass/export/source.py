"""The detector that is exported: from the model registry, or from disk."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hourglass.core import layout, params
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.params import PARAMS, suggestion
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import Detector
from hourglass.detection.files import load_detector
from hourglass.tracking import card, contents, dataset, registered
from hourglass.tracking.champion import CHAMPION
from hourglass.tracking.contents import PublishSettings

# Images on which an exported file is compared with its detector.
COMPARED = 200


@dataclass(frozen=True)
class Source:
    """A detector with its name and card.

    score: images (N, C, H, W) uint8 -> scores (N,), by the code that the detector was published with.
    """

    name: str
    detector: Detector
    card: str
    score: Callable[[NDArray[np.uint8]], NDArray[np.floating]]


def find(model: str) -> Source:
    """The detector that `model` means: `champion` or an address `models:/...` in MLflow, or a variant's on disk.

    Raises:
        HourglassError: there is none of that name, or its files are missing.
    """
    settings = params.read(PublishSettings)
    names = settings.mlflow.names(settings.data)
    if model == CHAMPION or model.startswith(registered.URI):
        version = registered.find(model, names.model)
        detector, text = registered.detector(version)
        served: Any = registered.load(version)
        return Source(
            version.name,
            detector,
            card.without_call(text),
            lambda images: served.predict(images)["score"].to_numpy(),
        )
    if model not in settings.variants:
        raise SettingsError(f"{PARAMS}: variants: no {model!r}{suggestion(model, [*settings.variants, CHAMPION])}")
    detector = load_detector(layout.detector(model))
    content, datasets = contents.read(model, settings), dataset.read(settings.data.name)
    text = card.without_call(card.text(content, names.model, datasets))
    return Source(model, detector, text, lambda images: detector.score(ImageSet(images)))


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
