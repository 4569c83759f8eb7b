"""ROC-AUC of every scorer on every variant."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from hourglass.reporting.language import number, say
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.style import ANOMALY, INK, NORMAL
from hourglass.reporting.results import Result

TINTS = LinearSegmentedColormap.from_list("tints", (ANOMALY, "white", NORMAL))
# In inches.
COLUMN, ROW, NAMES, TITLES = 0.42, 0.2, 1.6, 1.1
# Empty columns between the scorers and the detector.
APART = 0.4


def scorer_matrix(results: Sequence[Result], control: float) -> Figure:
    """A row per variant, a column per scorer: its ROC-AUC by itself; last the variant's detector.

    Bold are the scorers that weigh at least as much as the average candidate, framed is the best by itself.

    Args:
        control: ROC-AUC that everything has to beat; what does not has the colour of an anomaly.
    """
    scorers = sorted({name for result in results for name, _ in result.metrics.at("detect.by_scorer").items()})
    places = [*range(len(scorers)), len(scorers) + APART]
    size = NAMES + COLUMN * (len(places) + APART), TITLES + ROW * len(results)
    figure = Figure(figsize=size, layout="constrained")
    axis = figure.subplots()
    areas = np.array([_areas(result, scorers) for result in results])
    norm = _norm(areas, control)
    for row, (values, result) in enumerate(zip(areas, results, strict=True)):
        best, heavy = np.nanmax(values[:-1]), _heavy(result)
        for place, name, value in zip(places, [*scorers, ""], values, strict=True):
            if not np.isnan(value):
                tint = TINTS(float(norm(value).clip(0, 1)), alpha=0.75)
                _cell(axis, place, row, value, tint, bold=name in heavy, framed=bool(name) and value == best)
    axis.set(xlim=(-0.5, places[-1] + 0.5), ylim=(len(results) - 0.5, -0.5))
    axis.set_xticks(places, [*scorers, say(LABELS.detector)], rotation=45, ha="left", rotation_mode="anchor")
    axis.set_yticks(range(len(results)), [result.name for result in results])
    axis.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    axis.spines[:].set_visible(False)
    return figure


def _heavy(result: Result) -> set[str]:
    """Scorers whose weight is at least what it would be if all candidates counted the same."""
    even = 1 / len(list(result.metrics.at("detect.by_scorer").items()))
    return {name for name, weight in result.metrics.at("detect.weights").values().items() if weight >= even}


def _areas(result: Result, scorers: Sequence[str]) -> list[float]:
    """ROC-AUC of each scorer by itself, NaN where it does not apply, and of the detector."""
    single = dict(result.metrics.at("detect.by_scorer").items())
    areas = [single[name].number("roc_auc") if name in single else float("nan") for name in scorers]
    return [*areas, result.metrics.number("detect.roc_auc")]


def _norm(areas: NDArray[np.float64], control: float) -> TwoSlopeNorm:
    """Scale with as many tints below `control` as above: what lies far below would leave none for the rest."""
    reach = max(float(np.nanmax(areas)) - control, np.finfo(float).eps)
    return TwoSlopeNorm(control, control - reach, control + reach)


def _cell(
    axis: Axes,
    place: float,
    row: int,
    value: float,
    tint: tuple[float, float, float, float],
    *,
    bold: bool,
    framed: bool,
) -> None:
    axis.add_patch(Rectangle((place - 0.5, row - 0.5), 1, 1, color=tint, linewidth=0))
    if framed:
        axis.add_patch(Rectangle((place - 0.46, row - 0.42), 0.92, 0.84, edgecolor=INK, fill=False))
    text, weight = number(value, ".3f").removeprefix("0"), "bold" if bold else "normal"
    axis.text(place, row, text, ha="center", va="center", fontsize=8, fontweight=weight)
