"""Every variant beside its untrained network and a common control."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hourglass.reporting.language import number, say
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.style import (
    ANOMALY,
    FAINT,
    INK,
    NORMAL,
    Dot,
    dashed,
    draw_interval,
    legend_above,
    row_chart,
)
from hourglass.reporting.results import Result
from hourglass.reporting.verdicts import untrained

TRAINED, NOT_BETTER, UNTRAINED = Dot(NORMAL), Dot(ANOMALY), Dot(INK, hollow=True)
# An untrained network is drawn at most this far to the left, in widths of all that is compared.
UNTRAINED_REACH = 3


@dataclass(frozen=True)
class Control:
    """Something without training that every variant has to beat, and its metric."""

    name: str
    value: float


@dataclass(frozen=True)
class _Row:
    name: str
    trained: float
    untrained: float
    interval: tuple[float, float] | None


def control_comparison(results: Sequence[Result], path: str, title: str, control: Control) -> Figure:
    """A row per variant, best first: the metric at `path` with its interval, and that of the untrained network.

    A variant that does not beat both `control` and its own untrained network has the colour of an anomaly.

    Args:
        title: what the metric is called in the picture.
    """
    rows = sorted((_row(result, path) for result in results), key=lambda row: row.trained)
    figure = row_chart(len(rows))
    axis = figure.subplots()
    axis.axvline(control.value, color=INK, linewidth=1, linestyle="--")
    # An untrained network far below all the trained ones would leave them little room.
    values = [control.value, *(row.trained for row in rows)]
    edge = min(values) - UNTRAINED_REACH * (max(values) - min(values))
    for height, row in enumerate(rows):
        _draw(axis, height, row, control, edge)
    axis.set_yticks(range(len(rows)), [row.name for row in rows])
    axis.set(xlabel=title, ylim=(-0.6, len(rows) - 0.4))
    losers = {} if all(_wins(row, control) for row in rows) else {say(LABELS.beaten): NOT_BETTER.handle()}
    entries = {
        say(LABELS.trained): TRAINED.handle(),
        **losers,
        say(LABELS.untrained): UNTRAINED.handle(),
        f"{control.name} {number(control.value, '.3f')}": dashed(),
    }
    legend_above(figure, entries)
    return figure


def _row(result: Result, path: str) -> _Row:
    number = result.metrics.number
    return _Row(result.name, number(path), number(untrained(path)), result.metrics.interval(path))


def _wins(row: _Row, control: Control) -> bool:
    return row.trained > max(row.untrained, control.value)


def _draw(axis: Axes, height: int, row: _Row, control: Control, edge: float) -> None:
    dot = TRAINED if _wins(row, control) else NOT_BETTER
    start = max(row.untrained, edge)
    axis.plot([start, row.trained], [height, height], color=FAINT, linewidth=1, zorder=0)
    UNTRAINED.draw(axis, start, height, "o" if row.untrained > edge else "<")
    dot.draw(axis, row.trained, height)
    if row.interval:
        draw_interval(axis, row.interval, height, dot.colour)
