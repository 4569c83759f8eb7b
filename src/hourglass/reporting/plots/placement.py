"""Where names stand beside curves and dots, so that none covers another."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from hourglass.reporting.plots.style import FAINT

# From one name at the end of a line to the next.
LINE_INCHES = 0.22


@dataclass(frozen=True, order=True)
class LineEnd:
    """The height at which a line ends, and the name that is to stand there."""

    height: float
    name: str
    colour: str


def spread(places: Iterable[float], gap: float, highest: float = math.inf) -> list[float]:
    """Heights for names that belong at rising `places`: at least `gap` apart, and no lower than they belong.

    They are lower only where the last one would lie above `highest`, by as much as that takes.
    """
    raised: list[float] = []
    for place in places:
        raised.append(max(place, raised[-1] + gap) if raised else place)
    limits = (highest - gap * below for below in range(len(raised) - 1, -1, -1))
    return [min(place, limit) for place, limit in zip(raised, limits, strict=True)]


def pointer(colour: str, start: tuple[float, float], **more: float) -> dict[str, object]:
    """Properties of a thin line from a name to its point.

    Args:
        start: where it begins at the name, (0, 0) being its lower left and (1, 1) its upper right corner.
        more: further properties, as `Axes.annotate` takes them.
    """
    return {"arrowstyle": "-", "color": colour, "linewidth": 0.8, "relpos": start, **more}


def name_line_ends(axis: Axes, ends: Sequence[LineEnd]) -> None:
    """Write the name of each line at its right end, moved where it would cover another."""
    low, high = axis.get_ylim()
    axis.set_ylim(low, high)
    ordered = sorted(ends)
    figure, grid = axis.get_figure(root=True), axis.get_gridspec()
    gap = LINE_INCHES * (grid.nrows if grid else 1) / (figure.get_figheight() if figure else 1)
    places = spread((end.height for end in ordered), gap * (high - low), high)
    for place, end in zip(places, ordered, strict=True):
        axis.annotate(
            end.name,
            (axis.dataLim.x1, end.height),
            (1.05, place),
            textcoords=axis.get_yaxis_transform(),
            va="center",
            fontsize=8,
            color=end.colour,
            arrowprops=pointer(FAINT, (0, 0.5), linewidth=0.5, shrinkA=1),
        )
