"""The metrics that claims name, read from the files that earlier stages wrote."""

from collections.abc import Collection
from difflib import get_close_matches
from functools import cached_property

from hourglass.claims.ledger import Source
from hourglass.core import layout
from hourglass.core.files import read_json
from hourglass.core.metrics import Estimate, Metrics, of_variant


class MissingMetricError(Exception):
    """There is no such metric here; says why."""


class Results:
    """Metrics by their source. Only of variants and experiments that params.yaml has, never of files left behind."""

    def __init__(self, variants: Collection[str], experiments: Collection[str]) -> None:
        """Read nothing yet. variants, experiments: their names in params.yaml."""
        self._names = {"variant": variants, "experiment": experiments}
        self._read: dict[tuple[str, str], Metrics] = {}

    def estimate(self, source: Source) -> Estimate:
        """The metric with its interval; the number alone where it has none.

        Raises:
            MissingMetricError: it is not there; gives the nearest name, or the reason that was written.
        """
        metrics, path = self._metrics(source)
        try:
            value = metrics.number(path)
        except KeyError:
            raise MissingMetricError(_why(metrics, path, source)) from None
        low, high = metrics.interval(path) or (value, value)
        return Estimate(value, low, high)

    def _metrics(self, source: Source) -> tuple[Metrics, str]:
        """The tree that the metric stands in, and its path there."""
        kind, name = source.kind, source.name
        if kind == "sweep":
            if name not in dict(self._bottleneck.items()):
                raise MissingMetricError(f"the sweep has no {name}")
            return self._bottleneck, f"{name}.{source.metric}"
        if kind == "control":
            return self._control(name), source.metric
        if name not in self._names[kind]:
            raise MissingMetricError(f"params.yaml has no {kind} {name}")
        if (kind, name) not in self._read:
            of_kind = {"variant": of_variant, "experiment": _of_experiment}
            self._read[kind, name] = of_kind[kind](name)
        return self._read[kind, name], source.metric

    @cached_property
    def _bottleneck(self) -> Metrics:
        return Metrics(read_json(layout.BOTTLENECK_METRICS))

    def _control(self, name: str) -> Metrics:
        if name == "real_images":
            return Metrics(read_json(layout.REFERENCE_METRICS))
        control = {"evaluate": read_json(layout.metrics("evaluate", name))}
        if name == "mean_image":  # measured as a detector beside each detector, always the same
            control["detect"] = of_variant(next(iter(self._names["variant"]))).get("detect.mean_image")
        return Metrics(control)


def _of_experiment(name: str) -> Metrics:
    return Metrics(read_json(layout.metrics("experiments", name)))


def _why(metrics: Metrics, path: str, source: Source) -> str:
    """Why there is no number at `path`: what a measure wrote, or the nearest path that there is."""
    groups = path.split(".")[:-1]
    for count in range(len(groups), -1, -1):
        if reason := metrics.get(".".join([*groups[:count], "not_measured"])):
            return str(reason)
    near = get_close_matches(path, dict(metrics.numbers()), n=1)
    return f"{source.name} has no metric {path}" + (f"; did you mean {near[0]}?" if near else "")
