"""ROC curves of all detectors."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hourglass.core.metrics import Metrics
from hourglass.reporting.language import number, say
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.placement import pointer
from hourglass.reporting.plots.style import FAINT, INK, highlights
from hourglass.reporting.results import Result

# All curves meet in the corner above this false-positive rate.
SHOWN = 0.5


def roc(results: Sequence[Result]) -> Figure:
    """Every detector's ROC curve, grey; best, median and worst by ROC-AUC have colour and name.

    Rings are points of the mean image's curve: at its threshold, and at a true-positive rate of 95%.
    """
    figure = Figure(figsize=(5.0, 4.2), layout="constrained")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color=INK, linestyle=":", linewidth=1)
    ranked = sorted(results, key=_area, reverse=True)
    for result in ranked:
        axis.plot(*_rates(result), color=FAINT, linewidth=0.7)
    for rank, colour, result in highlights(ranked):
        axis.plot(
            *_rates(result), color=colour, linewidth=1.8, label=f"{rank}: {result.name} {number(_area(result), '.3f')}"
        )
    _rings(axis, ranked[0].metrics.at("detect.mean_image"))
    axis.text(0.97 * SHOWN, SHOWN, f"{say(LABELS.chance)} {number(0.5, '.3f')}", ha="right", va="bottom")
    axis.set(
        xlabel=say(LABELS.false_positive_rate), ylabel=say(LABELS.true_positive_rate), xlim=(0, SHOWN), ylim=(0, 1.01)
    )
    # Below chance, where no curve passes.
    axis.legend(loc="lower right", fontsize=8, borderaxespad=0)
    return figure


def _area(result: Result) -> float:
    return result.metrics.number("detect.roc_auc")


def _rates(result: Result) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Its false-positive and true-positive rates, (N,) each."""
    return result.roc["false_positive_rate"].to_numpy(), result.roc["true_positive_rate"].to_numpy()


def _rings(axis: Axes, mean_image: Metrics) -> None:
    x = [mean_image.number(name) for name in ("false_alarm_rate", "fpr_at_95_tpr")]
    y = [mean_image.number("true_positive_rate"), 0.95]
    axis.plot(x, y, "o", color=INK, markerfacecolor="white", markersize=5, zorder=3)
    axis.annotate(
        f"{say(LABELS.mean_image)} {number(mean_image.number('roc_auc'), '.3f')}",
        (x[1], y[1]),
        (0.97, 0.7),
        textcoords="axes fraction",
        ha="right",
        arrowprops=pointer(INK, (0.9, 1)),
    )
