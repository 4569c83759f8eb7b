"""A picture of figures in rows and columns: results in, a matplotlib figure out."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from hourglass.reporting.results import Result
from hourglass.reporting.style import ANOMALY, INK, NORMAL

TINTS = LinearSegmentedColormap.from_list("tints", (ANOMALY, "white", NORMAL))
# In inches.
COLUMN, LINE, NAMES, TITLES = 0.42, 0.2, 1.6, 0.8
# Empty columns between the scorers and the detector.
APART = 0.4


def scorers(results: Sequence[Result], control: float) -> Figure:
    """A line a variant, a column a scorer: its ROC-AUC by itself; last the variant's detector, apart.

    Bold are the scorers that the detector puts together, framed is the best by itself.

    Args:
        control: ROC-AUC that everything has to beat; what does not has the colour of an anomaly.
    """
    names = sorted({name for result in results for name in result.detect["by_scorer"]})
    places = [*range(len(names)), len(names) + APART]
    figure = Figure(
        figsize=(NAMES + COLUMN * (len(places) + APART), TITLES + LINE * len(results)), layout="constrained"
    )
    axis = figure.subplots()
    single = [[_alone(result, name) for name in names] for result in results]
    shown = np.array([[*row, result.detect["roc_auc"]] for row, result in zip(single, results, strict=True)])
    # As many tints below the control as above it: what lies far below would leave none for the rest.
    reach = max(float(np.nanmax(shown)) - control, np.finfo(float).eps)
    norm = TwoSlopeNorm(control, control - reach, control + reach)
    for line, (values, result) in enumerate(zip(shown, results, strict=True)):
        for place, name, value in zip(places, [*names, ""], values, strict=True):
            if np.isnan(value):
                continue
            best = bool(name) and value == np.nanmax(values[:-1])
            tint = TINTS(float(norm(value).clip(0, 1)), alpha=0.75)
            axis.add_patch(Rectangle((place - 0.5, line - 0.5), 1, 1, color=tint, linewidth=0))
            if best:
                axis.add_patch(Rectangle((place - 0.46, line - 0.42), 0.92, 0.84, edgecolor=INK, fill=False))
            weight = "bold" if name in result.detect["scorers"] else "normal"
            text = f"{value:.3f}".removeprefix("0")
            axis.text(place, line, text, ha="center", va="center", fontsize=8, fontweight=weight)
    axis.set(xlim=(-0.5, places[-1] + 0.5), ylim=(len(results) - 0.5, -0.5))
    axis.set_xticks(places, [*names, "detector"], rotation=45, ha="left", rotation_mode="anchor")
    axis.set_yticks(range(len(results)), [result.name for result in results])
    axis.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    for spine in axis.spines.values():
        spine.set_visible(False)
    return figure


def _alone(result: Result, scorer: str) -> float:
    """ROC-AUC of a scorer by itself; NaN where it does not apply."""
    found = result.detect["by_scorer"].get(scorer)
    return float(found["roc_auc"]) if found else float("nan")
