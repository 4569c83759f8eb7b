"""Accuracy of a linear classifier on latent codes by the number of labels."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from hourglass.core.metrics import Metrics
from hourglass.reporting.language import number, say
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.style import FAINT, INK, highlights
from hourglass.reporting.results import Result

# Labelled images per class.
COUNTS = (10, 100, 1000)


def probe_accuracy(results: Sequence[Result], pixels: Metrics) -> Figure:
    """Accuracy of the probe against labels per class, grey; best, median and worst with fewest labels have colour.

    Args:
        pixels: the same metrics of raw pixels, at the same paths; drawn dashed.
    """
    figure = Figure(figsize=(5.0, 3.8), layout="constrained")
    axis = figure.subplots()
    ranked = sorted(results, key=lambda result: _accuracies(result.metrics)[0], reverse=True)
    for result in ranked:
        axis.plot(COUNTS, _accuracies(result.metrics), color=FAINT, linewidth=0.7)
    for rank, colour, result in highlights(ranked):
        accuracies = _accuracies(result.metrics)
        label = f"{rank}: {result.name} {number(accuracies[0], '.3f')}"
        axis.plot(COUNTS, accuracies, color=colour, linewidth=1.8, marker="o", markersize=4, label=label)
    label = f"{say(LABELS.raw_pixels)} {number(_accuracies(pixels)[0], '.3f')}"
    axis.plot(COUNTS, _accuracies(pixels), color=INK, linewidth=1, linestyle="--", label=label)
    axis.set(xlabel=say(LABELS.labels_per_class), ylabel=say(LABELS.probe_accuracy), xscale="log")
    axis.set_xticks(COUNTS, [number(count, ",") for count in COUNTS])
    axis.minorticks_off()
    title = say(LABELS.with_labels, count=COUNTS[0])
    axis.legend(loc="lower right", title=title, alignment="left", fontsize=8)
    return figure


def _accuracies(metrics: Metrics) -> list[float]:
    return [metrics.number(f"evaluate.representation.probe_accuracy_{count}") for count in COUNTS]
