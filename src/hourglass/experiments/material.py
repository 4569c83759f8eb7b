"""What every experiment works on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hourglass.data.arrays import Split
from hourglass.experiments.judge import Judge

Figures = dict[str, Any]
Pictures = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Material:
    """The images of every class, in three parts.

    judge: looks at generated images. importance_samples: codes drawn an image to bound its likelihood.
    seed: of every random draw.
    """

    train: Split
    validation: Split
    test: Split
    judge: Judge
    importance_samples: int
    seed: int

    def examples(self) -> Split:
        """The first test image of each class, for pictures."""
        _, first = np.unique(self.test.labels, return_index=True)
        return self.test.part(first)

    def classes(self, count: int) -> NDArray[np.int64]:
        """Class numbers (count,) to order images by: one class after another, again and again."""
        return np.resize(np.unique(self.test.labels), count)
