"""The reference classifier: a small network whose features sets of images are compared by.

It learns the classes of the same training images as the autoencoders do, which never see the classes. Its last hidden
layer is the feature space. Distances there depend on the network, so they can be compared within this project only.

Source: Heusel et al. (2017), "GANs trained by a two time-scale update rule converge to a local Nash equilibrium",
which takes Inception's features for photographs.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from hourglass.core import weights
from hourglass.core.intervals import share_estimate
from hourglass.core.metrics import Estimate
from hourglass.data.imageset import ImageSet, map_batches
from hourglass.evaluation import frechet, realism
from hourglass.evaluation.inference import Floats, map_arrays
from hourglass.models.autoencoder import Shape
from hourglass.models.networks import ConvolutionalEncoder
from hourglass.models.trainable import Trainable

CHANNELS, HIDDEN, FEATURES = (32, 64), 256, 64
FEWEST_CLASSES = 2
# What `weights.read` asks the file for.
KIND = "reference_classifier"


class ReferenceClassifier(Trainable):
    """Strided convolutions and dense layers down to 64 features, and a linear layer to the classes."""

    conditional = True  # so that labels reach `loss`
    failure: str | None = None
    """Why training failed, if it did."""

    def __init__(self, image_shape: Shape, classes: int) -> None:
        super().__init__()
        self.image_shape, self.classes = image_shape, classes
        self.body = ConvolutionalEncoder(image_shape, CHANNELS, HIDDEN, FEATURES)
        self.head = nn.Linear(FEATURES, classes)

    def features(self, x: Tensor) -> Tensor:
        """Features (B, 64), none negative, of images (B, C, H, W)."""
        return F.relu(self.body(x))

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """Cross-entropy in nats."""
        if y is None:
            raise ValueError("the reference classifier needs the class number of every image")
        return {"cross_entropy": F.cross_entropy(self.head(self.features(x)), y, reduction="none")}

    def classify(self, images: ImageSet | Floats) -> tuple[Floats, NDArray[np.int64]]:
        """Features (N, 64) and classes (N,) of images.

        Args:
            images: real images, or generated ones (N, C, H, W), which are clipped to [0, 1].
        """
        if isinstance(images, ImageSet):
            features = map_batches(lambda x, _: self.features(x), images, on=self.device)
        else:
            features = map_arrays(lambda x: self.features(x.clamp(0, 1)), images, on=self.device)
        return features, map_arrays(lambda part: self.head(part).argmax(1), features, on=self.device)


@dataclass(frozen=True)
class ReferenceMetrics:
    """How good the classifier is, and what real images reach: no generator can be expected to get closer.

    accuracy: share of test images whose class it gets right.
    frechet: Fréchet distance between training and test images.
    realism: realism of test images beside training images.
    not_measured: why there are no such metrics, if there are none.
    """

    accuracy: Estimate | None = None
    frechet: Estimate | None = None
    realism: Estimate | None = None
    not_measured: str | None = None


def untrained(image_shape: Shape, classes: int, seed: int) -> ReferenceClassifier:
    """A freshly initialised classifier; the same seed gives the same weights."""
    torch.manual_seed(seed)
    return ReferenceClassifier(image_shape, classes)


def obstacle(classifier: ReferenceClassifier, train: ImageSet, test: ImageSet) -> str | None:
    """Why a classifier of these images has no features to compare images by, or None."""
    classes = len(np.unique(train.labels))
    if classes < FEWEST_CLASSES:
        return f"the reference classifier learns features from at least two classes of images; there is {classes}"
    if classifier.failure:
        return f"the reference classifier cannot tell the classes apart ({classifier.failure})"
    if min(len(train), len(test)) < frechet.GROUPS:
        found = f"{len(train)} and {len(test)}"
        return f"a Fréchet distance takes {frechet.GROUPS} training and {frechet.GROUPS} test images; there are {found}"
    return None


def measure(classifier: ReferenceClassifier, train: ImageSet, test: ImageSet, seed: int) -> ReferenceMetrics:
    """Accuracy on all test images; the distances on up to 10,000 images of each set."""
    if reason := obstacle(classifier, train, test):
        return ReferenceMetrics(not_measured=reason)
    features, classes = classifier.classify(test)
    features = features[: frechet.COMPARED]
    real, _ = classifier.classify(train.first(len(features)))
    return ReferenceMetrics(
        share_estimate(classes == test.labels),
        frechet.distance_estimate(real, features, seed),
        realism.realism(features, real),
    )


def save(classifier: ReferenceClassifier, path: Path) -> None:
    """Write weights and shape to `path`, whole or not at all.

    Raises:
        HourglassError: the file cannot be written; the earlier one, if any, is intact.
    """
    settings: dict[str, Any] = {"image_shape": list(classifier.image_shape), "classes": classifier.classes}
    if classifier.failure:
        settings["failure"] = classifier.failure
    weights.write(path, KIND, classifier.state_dict(), settings)


def load(path: Path, on: torch.device | str = "cpu") -> ReferenceClassifier:
    """Read what `save` wrote onto a device, ready to classify.

    Raises:
        HourglassError: the file is missing, damaged, or holds no classifier that this version can build.
    """
    tensors, shape = weights.read(path, KIND)
    with weights.building(path, KIND):
        channels, height, width = shape["image_shape"]
        classifier = ReferenceClassifier((channels, height, width), shape["classes"])
        classifier.load_state_dict(tensors)
        classifier.failure = shape.get("failure")
    return classifier.eval().to(on)
