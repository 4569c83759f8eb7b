"""How metrics vary over trainings: other seeds, another instruction set (benchmarks/spread).

A reported interval is over test images, for one trained network. Another training moves a metric as well.
"""

import hashlib
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from math import sqrt

from pydantic import BaseModel, JsonValue, ValidationError

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json
from hourglass.core.metrics import Metrics
from hourglass.core.params import Settings

# With 25 variants and deviations of three trainings, 1.6% of unchanged rebuilds have one that falls so far (lab notes).
SIGMAS = 3.0
# With fewer variants than these the usual deviation is that of unlike ones, and excuses no missed criterion.
FEWEST = 10
# The standard deviation of `mse` stands beside it, at `mse_std`; what decisions take it for, at `mse_std_at_least`.
STD, AT_LEAST = "_std", "_std_at_least"


class Trained(Settings):
    """The sections of params.yaml that a variant's networks follow from, beside seed and data."""

    train: Mapping[str, JsonValue]
    train_normal: Mapping[str, JsonValue]
    variants: Mapping[str, Mapping[str, JsonValue]]

    def digests(self) -> dict[str, str]:
        """Variant -> digest of the settings that it is trained with."""
        return {name: _digest([own, self.train, self.train_normal]) for name, own in self.variants.items()}


class _File(BaseModel):
    """What the file must hold; it also says which trainings they were."""

    dataset: str
    normal: list[int]
    settings: dict[str, str] = {}
    metrics: dict[str, dict[str, list[float]]]


@dataclass(frozen=True)
class Spread:
    """Metrics of the same variants, trained several times. values: variant -> path of a metric -> its values."""

    values: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)

    @classmethod
    def read(cls, dataset: str, normal: Sequence[int], settings: Mapping[str, str]) -> "Spread":
        """What benchmarks/results/spread.json holds of variants that are still trained as they were for it.

        Empty if it was measured on other data, or was not.

        Args:
            normal: numbers of the normal classes. settings: as of `Trained.digests`.

        Raises:
            HourglassError: the file is not JSON, or holds something else.
        """
        if not layout.SPREAD.exists():
            return cls()
        try:
            content = _File.model_validate(read_json(layout.SPREAD))
        except ValidationError:
            raise HourglassError(f"{layout.SPREAD} holds no metrics of several trainings; delete it") from None
        if (content.dataset, content.normal) != (dataset, list(normal)):
            return cls()
        same = content.settings.items() & settings.items()
        return cls({name: content.metrics[name] for name, _ in sorted(same) if name in content.metrics})

    def deviation(self, variant: str, path: str) -> float | None:
        """Standard deviation over trainings of the metric at `path`; None if it was not measured."""
        return self.deviations(variant).get(path)

    def deviations(self, variant: str) -> Mapping[str, float]:
        """Path of a metric -> its standard deviation, of all that were measured of a variant."""
        return self._deviations.get(variant, {})

    def at_least(self, variant: str, path: str) -> float | None:
        """The standard deviation of a variant's metric, to decide by; None if no variant's was measured.

        A few trainings tell a variant's own deviation badly, so it counts as no less than that of the usual variant.
        """
        usual = self._usual.get(path)
        return None if usual is None else max(usual, self.deviations(variant).get(path, 0.0))

    def beside(self, variant: str, metrics: Metrics) -> Metrics:
        """The metrics of a variant, with the standard deviations beside them: its own, and those to decide by."""
        own = {path + STD: std for path, std in self.deviations(variant).items() if path in metrics}
        found = {path: self.at_least(variant, path) for path in self._usual if path in metrics}
        return metrics.having(own | {path + AT_LEAST: std for path, std in found.items() if std is not None})

    def tolerance(self, variant: str, path: str) -> float:
        """How far the metric of a rebuild may lie from that of the same code elsewhere; 0 if it was not measured.

        Three standard deviations of a difference of two trainings, which is the square root of two times that of one.
        """
        std = self.at_least(variant, path) if path in self.deviations(variant) else None
        return _of_difference(std or 0.0)

    def excused(self, variant: str, path: str) -> float:
        """How far the metric of a rebuild may fall where that misses a criterion; 0 if it was not measured.

        As `tolerance`, but by a variant's own deviation alone where fewer than ten variants have the metric.
        """
        if sum(path in own for own in self._deviations.values()) < FEWEST:
            return _of_difference(self.deviations(variant).get(path, 0.0))
        return self.tolerance(variant, path)

    @cached_property
    def _deviations(self) -> Mapping[str, Mapping[str, float]]:
        return {
            variant: {path: statistics.stdev(values) for path, values in paths.items() if len(values) > 1}
            for variant, paths in self.values.items()
        }

    @cached_property
    def _usual(self) -> Mapping[str, float]:
        """Path of a metric -> a standard deviation for the usual variant: from the median, which no single one moves.

        The median of sample variances lies below the variance by a share that follows from the number of trainings.
        """
        usual = {}
        for path in {path for deviations in self._deviations.values() for path in deviations}:
            every = [(own[path], len(self.values[name][path])) for name, own in self._deviations.items() if path in own]
            usual[path] = sqrt(statistics.median(std**2 / _median_share(count - 1) for std, count in every))
        return usual


def written(std: float) -> str:
    """A standard deviation with two significant digits, without an exponent: `0.00019`; 0 is `0`."""
    return f"{Decimal(f'{std:.1e}'):f}" if std else "0"


def _of_difference(std: float) -> float:
    return SIGMAS * sqrt(2) * std


def _median_share(freedom: int) -> float:
    """The median of a chi-squared variable over its mean (Wilson and Hilferty 1931), 1% off at two degrees."""
    return (1 - 2 / (9 * freedom)) ** 3


def _digest(content: Sequence[object]) -> str:
    text = json.dumps(content, sort_keys=True, default=dict)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
