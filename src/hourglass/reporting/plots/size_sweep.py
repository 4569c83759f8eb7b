"""Metrics by the size of the latent code."""

from collections.abc import Mapping
from itertools import cycle

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hourglass.core.metrics import Metrics
from hourglass.reporting.language import number, say
from hourglass.reporting.plots.control_comparison import Control
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.style import ANOMALY, INK, NORMAL, log_ticks


def size_sweep(sweeps: Metrics, controls: Mapping[str, Control]) -> Figure:
    """The metrics that were measured against latent dimensions: a line per kind of autoencoder, with its 95% interval.

    Args:
        sweeps: metrics by kind of autoencoder and latent dimensions.
        controls: name of a metric -> its control, drawn dashed.
    """
    figure = Figure(figsize=(9.6, 3.3), layout="constrained")
    titles = {
        "validation_mse": say(LABELS.validation_mse),
        "knn_accuracy": say(LABELS.knn_accuracy),
        "roc_auc": say(LABELS.roc_auc),
    }
    measured = next(sizes for _, kind in sweeps.items() for _, sizes in kind.items())
    titles = {metric: title for metric, title in titles.items() if metric in measured}
    panels = figure.subplots(1, len(titles))
    for axis, (metric, title) in zip(panels, titles.items(), strict=True):
        _lines(axis, sweeps, metric)
        control = controls.get(metric)
        if control:
            axis.axhline(control.value, color=INK, linewidth=1, linestyle="--")
            title = f"{title}\n({say(LABELS.dashed)}: {control.name} {number(control.value, '.3f')})"
        axis.set_title(title, fontsize=9)
        axis.set_xlabel(say(LABELS.latent_dimensions))
    panels[0].set_yscale("log")
    log_ticks(panels[0].yaxis, *panels[0].get_ylim())
    panels[0].legend(fontsize=8)
    return figure


def _lines(axis: Axes, sweeps: Metrics, metric: str) -> None:
    shown: set[int] = set()
    for (name, sizes), colour in zip(sweeps.items(), cycle((NORMAL, ANOMALY, INK)), strict=False):
        estimates = {int(size): metrics.estimate(metric) for size, metrics in sizes.items()}
        x = sorted(estimates)
        low, high = [estimates[size].low for size in x], [estimates[size].high for size in x]
        axis.plot(x, [estimates[size].value for size in x], color=colour, marker="o", markersize=3.5, label=name)
        axis.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        shown.update(x)
    axis.set_xscale("log", base=2)
    axis.set_xticks(sorted(shown), [str(size) for size in sorted(shown)], fontsize=8)
