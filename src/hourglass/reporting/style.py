"""How all pictures look."""

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


def spread(places: Iterable[float], gap: float) -> list[float]:
    """Where to write names that belong at rising places: not lower, and at least `gap` apart."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + gap) if found else place)
    return found
