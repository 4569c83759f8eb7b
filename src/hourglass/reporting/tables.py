"""Tables of metrics: a row per variant and control, the same in the report and in Markdown."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from hourglass.core.metrics import Metrics
from hourglass.reporting import captions
from hourglass.reporting.benchmark import MEAN, T_SHIRT, T_SHIRT_VS_SHIRT, Benchmark, Method, MethodScores
from hourglass.reporting.columns import BENCHMARK, Column, contaminated, contaminated_path
from hourglass.reporting.language import localised, say
from hourglass.reporting.results import Result
from hourglass.spread import AT_LEAST, STD, written

# Standard deviations that 95% of a normal distribution lie within.
NORMAL_95 = 1.96


@dataclass(frozen=True)
class Cell:
    """One metric: its text, and its number for sorting (None if there is none).

    spread: its interval and standard deviation as text. first: whether it is the best of its column. best: whether it
    is so beyond intervals and standard deviations.
    """

    text: str
    number: float | None
    spread: str = ""
    first: bool = False
    best: bool = False


@dataclass(frozen=True)
class Row:
    """One row. `control`: whether it is a control, such as the mean image."""

    name: str
    control: bool
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Table:
    """Columns and rows; `head` says what a row is."""

    head: str
    columns: Sequence[Column]
    rows: Sequence[Row]


def of_variants(results: Sequence[Result], controls: Mapping[str, Metrics], columns: Sequence[Column]) -> Table:
    """The variants in the given order, then the controls; without columns that no variant has metrics for."""
    return build(say(captions.VARIANT), {result.name: result.metrics for result in results}, controls, columns)


def of_benchmark(benchmark: Benchmark, names: Iterable[str]) -> Table:
    """The methods called `names`, in that order: metrics on clean images, then on contaminated ones."""
    pairs = product((MEAN, T_SHIRT, T_SHIRT_VS_SHIRT), benchmark.contamination)
    methods = {name: _method_metrics(benchmark, benchmark.methods[name]) for name in names}
    return build(say(captions.METHOD), methods, {}, [*BENCHMARK, *(contaminated(share, key) for key, share in pairs)])


def build(head: str, rows: Mapping[str, Metrics], controls: Mapping[str, Metrics], columns: Sequence[Column]) -> Table:
    """Rows, then controls, by name; without columns that no row has metrics for.

    Args:
        head: what a row is.
    """
    group = list(rows.values())
    shown = [column for column in columns if any(column.path in metrics for metrics in group)]
    best = [_first(column, group) for column in shown]
    named = [(name, False, metrics) for name, metrics in rows.items()]
    named += [(name, True, metrics) for name, metrics in controls.items()]
    return Table(
        head,
        shown,
        [
            Row(name, control, [cell(column, metrics, *first) for column, first in zip(shown, best, strict=True)])
            for name, control, metrics in named
        ],
    )


def cell(column: Column, metrics: Metrics, first: float | None = None, beyond: bool = False) -> Cell:
    """The metric of a column; empty if there is none.

    Args:
        first: the best metric of its column.
        beyond: whether that is beyond intervals and standard deviations.
    """
    value = metrics.get(column.path)
    if value is None:
        return Cell("", None)
    number = value if isinstance(value, int | float) else None
    leads = number is not None and number == first
    return Cell(column.form(value), number, _spread(column, metrics), leads, leads and beyond)


def _first(column: Column, group: Sequence[Metrics]) -> tuple[float | None, bool]:
    """The best metric of a column, and whether it is beyond intervals and standard deviations of all others."""
    choose: Callable[..., float] | None = {"max": max, "min": min}.get(column.better or "")
    # Restoring variants are not trained to keep their input, which may have fewer pixels than the code has dimensions.
    if column.path.startswith("evaluate.reconstruction"):
        group = [metrics for metrics in group if "evaluate.restoration" not in metrics]
    # Conditional variants receive the class, which helps with predicting it and with the likelihood of its images.
    if column.path.startswith(("evaluate.representation", "evaluate.likelihood")):
        group = [metrics for metrics in group if not metrics.get("evaluate.conditional")]
    measured = [metrics for metrics in group if column.path in metrics] if choose else []
    if not choose or not measured:
        return None, False
    first = choose(metrics.number(column.path) for metrics in measured)
    leading = next(metrics for metrics in measured if metrics.number(column.path) == first)
    others = [metrics for metrics in measured if metrics.number(column.path) != first]
    return first, all(_differ(column, leading, other) for other in others)


def _differ(column: Column, one: Metrics, other: Metrics) -> bool:
    """Whether two metrics differ by more than the 95% intervals of their difference, over images and over trainings.

    Without an interval and a standard deviation of either, nothing says so.
    """
    difference = abs(one.number(column.path) - other.number(column.path))
    images = [(high - low) / 2 for low, high in filter(None, (m.interval(column.path) for m in (one, other)))]
    trainings = [NORMAL_95 * std for std in (_deviation(column.path, m) for m in (one, other)) if std is not None]
    return bool(images or trainings) and difference > max(math.hypot(*images), math.hypot(*trainings))


def _deviation(path: str, metrics: Metrics) -> float | None:
    """The standard deviation over trainings to decide by, or else the measured one, if there is one."""
    found: float | None = metrics.get(path + AT_LEAST)
    return metrics.get(path + STD) if found is None else found


def _spread(column: Column, metrics: Metrics) -> str:
    interval = metrics.interval(column.path) if column.interval else None
    std = metrics.get(column.path + STD) if column.std else None
    ends = say(captions.INTERVAL, low=column.form(interval[0]), high=column.form(interval[1])) if interval else ""
    return ends + (f" ± {localised(written(std))}" if std is not None else "")


def _method_metrics(benchmark: Benchmark, method: Method) -> Metrics:
    """The metrics of a method at the paths of its columns."""
    costs = {"train_seconds": method.train_seconds, "images_per_second": method.images_per_second}
    with_anomalies = {
        contaminated_path(share): _score_metrics(scores[method.name])
        for share, scores in benchmark.contamination.items()
        if method.name in scores
    }
    return Metrics({**_score_metrics(method.scores), **costs, **with_anomalies})


def _score_metrics(scores: MethodScores) -> dict[str, float | None]:
    """Each score at its key, its standard deviation beside it."""
    stds = {f"{key}{STD}": score.std for key, score in scores.items()}
    return {key: score.value for key, score in scores.items()} | stds
