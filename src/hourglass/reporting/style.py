"""How all pictures look."""

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
