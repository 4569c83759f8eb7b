"""What every experiment works with, and what it returns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from hourglass.core.metrics import Estimate
from hourglass.data.imageset import ImageSet

# Validation and test images that an experiment uses at most: enough for differences of a few percent, at small cost.
VALIDATED, TESTED = 1_000, 2_000


@dataclass(frozen=True, eq=False)
class Context:
    """The images of every class, and the seed that every random draw follows from.

    dataset: name of the data set.
    """

    dataset: str
    train: ImageSet
    validation: ImageSet
    test: ImageSet
    seed: int

    @classmethod
    def of(cls, dataset: str, splits: Iterator[ImageSet], seed: int) -> "Context":
        """Of training, validation and test images, of which the first few validate and test."""
        train, validation, test = splits
        return cls(dataset, train, validation.first(VALIDATED), test.first(TESTED), seed)

    def seeds(self, count: int) -> range:
        """Seeds of `count` trainings."""
        return range(self.seed, self.seed + count)


@dataclass(frozen=True)
class Measurements:
    """What an experiment measured.

    metrics: a tree of numbers and estimates. examples: arrays that the report draws, by name.
    seconds: CPU time of its parts; it goes where nothing depends on it.
    """

    metrics: Mapping[str, Any]
    examples: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


def over_seeds(values: Sequence[float]) -> Estimate:
    """Mean of one result per training; its interval reaches from the least to the greatest."""
    return Estimate(sum(values) / len(values), min(values), max(values))
