"""How all pictures look."""

import math
from collections.abc import Iterable

import matplotlib as mpl

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
    }
)


def spread(places: Iterable[float], gap: float, highest: float = math.inf) -> list[float]:
    """Where to write names that belong at rising places: at least `gap` apart, and no lower than they belong.

    Lower only where the last would come to lie above `highest`, by as much as that takes.
    """
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + gap) if found else place)
    limits = (highest - gap * below for below in range(len(found) - 1, -1, -1))
    return [min(place, limit) for place, limit in zip(found, limits, strict=True)]
