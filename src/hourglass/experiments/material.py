"""What every experiment works on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hourglass.data.arrays import Split

Figures = dict[str, Any]
Pictures = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Material:
    """The images of every class, in three parts, and the seed of every random draw."""

    train: Split
    validation: Split
    test: Split
    seed: int

    def examples(self) -> Split:
        """The first test image of each class, for pictures."""
        _, first = np.unique(self.test.labels, return_index=True)
        return self.test.part(first)
