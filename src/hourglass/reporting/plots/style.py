"""Colours, fonts and marks of all pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from hourglass.reporting.language import number, say
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.results import Result

NORMAL, ANOMALY, INK, FAINT = "#2a7f9e", "#d9673a", "#22313a", "#b8c2c7"
DPI = 130

mpl.rcParams.update(
    {
        "figure.dpi": DPI,
        "savefig.dpi": DPI,
        "font.size": 9,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": FAINT,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": INK,
        "ytick.color": INK,
        "legend.frameon": False,
        # Matplotlib's own choice, "best", searches all places, and warns on a slow machine.
        "legend.loc": "upper right",
    }
)


@dataclass(frozen=True)
class Dot:
    """How the dots of one group look, in the picture and in its legend."""

    colour: str
    hollow: bool = False
    size: float = 5

    def draw(self, axis: Axes, x: float, y: float, marker: str = "o") -> None:
        """Draw one at (x, y)."""
        face = "white" if self.hollow else self.colour
        axis.plot(x, y, marker, color=self.colour, markerfacecolor=face, markersize=self.size)

    def handle(self) -> Line2D:
        """Return the legend's dot."""
        face = "white" if self.hollow else self.colour
        return Line2D([], [], color=self.colour, markerfacecolor=face, marker="o", linestyle="", markersize=self.size)


def solid() -> Line2D:
    """Return the legend's thin line."""
    return Line2D([], [], color=INK, linewidth=1)


def dashed() -> Line2D:
    """Return the legend's dashed line."""
    return Line2D([], [], color=INK, linewidth=1, linestyle="--")


def draw_interval(axis: Axes, ends: tuple[float, float], row: float, colour: str) -> None:
    """Draw a broad pale bar from one end to the other, at height `row`."""
    axis.plot(ends, (row, row), color=colour, linewidth=5, alpha=0.3, solid_capstyle="butt")


def row_chart(rows: int, width: float = 5.0) -> Figure:
    """Return an empty figure with room for that many rows of dots and for a legend above them."""
    return Figure(figsize=(width, 0.2 * rows + 1.3), layout="constrained")


def legend_above(figure: Figure, entries: Mapping[str, Artist], columns: int = 2) -> None:
    """Put a legend above the axes: text -> how it looks."""
    figure.legend(list(entries.values()), list(entries), loc="outside upper left", ncols=columns, fontsize=8)


def log_ticks(axis: Axis, low: float, high: float) -> None:
    """Few ticks on a logarithmic axis from `low` to `high`, as plain numbers that do not overlap.

    Matplotlib names every multiple of a power of ten where the range is short, and they overlap in small figures.
    """
    steps = (1,) if high > 300 * low else (1, 2, 5) if high > 5 * low else (1, 1.5, 2, 3, 4, 5, 7)
    axis.set_major_locator(LogLocator(subs=steps, numticks=8))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, "g")))
    axis.set_minor_locator(NullLocator())


def highlights(ranked: Sequence[Result]) -> list[tuple[str, str, Result]]:
    """Best, median and worst of `ranked`, best first: name of the rank, its colour, and the variant."""
    return [
        (say(LABELS.best), NORMAL, ranked[0]),
        (say(LABELS.median), INK, ranked[len(ranked) // 2]),
        (say(LABELS.worst), ANOMALY, ranked[-1]),
    ]
