"""What every measure works with, besides the network."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hourglass.data.imageset import ImageSet, Labels
from hourglass.evaluation.image_files import Arrangement, FileSizes
from hourglass.evaluation.reference_classifier import ReferenceClassifier

# Arrays that the report draws, by name.
Examples = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Context:
    """The images of every class, and what measures share.

    reference: the classifier that generated images are compared with real ones by.
    files: PNG and WebP files of the first test images.
    importance_samples: latent codes drawn per image to bound its likelihood.
    seed: every random draw of every measure follows from it.
    """

    train: ImageSet
    validation: ImageSet
    test: ImageSet
    reference: ReferenceClassifier
    files: Mapping[Arrangement, FileSizes]
    importance_samples: int
    seed: int

    def examples(self) -> ImageSet:
        """The first test image of each class."""
        return self.test.one_per_class()

    def class_cycle(self, count: int) -> Labels:
        """Class numbers (count,): all classes in turn, again and again."""
        return np.resize(np.unique(self.test.labels), count)
