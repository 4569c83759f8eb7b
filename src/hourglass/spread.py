"""How metrics vary over trainings: other seeds, another instruction set (benchmarks/spread).

A reported interval is over test images, for one trained network. Another training moves a metric as well.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

from pydantic import BaseModel, ValidationError

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json
from hourglass.core.metrics import Metrics

# A rebuild's metric lies this many standard deviations from the committed one about once in a few hundred times.
SIGMAS = 3.0
# The standard deviation of `mse` stands beside it, at `mse_std`.
STD = "_std"


class _File(BaseModel):
    """What the file must hold; it also says which trainings they were."""

    dataset: str
    normal: list[int]
    metrics: dict[str, dict[str, list[float]]]


@dataclass(frozen=True)
class Spread:
    """Metrics of the same variants, trained several times. values: variant -> path of a metric -> its values."""

    values: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)

    @classmethod
    def read(cls, dataset: str, normal: Sequence[int]) -> "Spread":
        """What benchmarks/results/spread.json holds; empty if it was measured on other data, or was not.

        Args:
            normal: numbers of the normal classes.

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
        return cls(content.metrics)

    def deviation(self, variant: str, path: str) -> float | None:
        """Standard deviation over trainings of the metric at `path`; None if it was not measured."""
        values = self.values.get(variant, {}).get(path, ())
        return statistics.stdev(values) if len(values) > 1 else None

    def deviations(self, variant: str) -> dict[str, float]:
        """Path of a metric -> its standard deviation, of all that were measured of a variant."""
        found = {path: self.deviation(variant, path) for path in self.values.get(variant, {})}
        return {path: std for path, std in found.items() if std is not None}

    def beside(self, variant: str, metrics: Metrics) -> Metrics:
        """The metrics of a variant, with the standard deviations that were measured beside them."""
        return metrics.having({path + STD: std for path, std in self.deviations(variant).items() if path in metrics})

    def tolerance(self, variant: str, path: str) -> float:
        """How far the metric of a rebuild may lie from that of the same code elsewhere; 0 if it was not measured.

        Three standard deviations of a difference of two trainings. A few trainings tell a variant's own deviation
        badly, so it counts as no less than the root mean square over all variants.
        """
        own = self.deviation(variant, path)
        if own is None:
            return 0.0
        every = [found for name in self.values if (found := self.deviation(name, path)) is not None]
        pooled = sqrt(statistics.fmean(one * one for one in every))
        return SIGMAS * sqrt(2) * max(own, pooled)
