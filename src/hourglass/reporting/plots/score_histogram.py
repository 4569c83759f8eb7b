"""Anomaly scores of one detector."""

from collections.abc import Collection

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from hourglass.reporting.language import say
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.style import ANOMALY, INK, NORMAL, legend_above
from hourglass.reporting.results import Result

# Of the bars, so that both groups are seen where they meet.
OPACITY = 0.65


def score_histogram(result: Result, normal: Collection[int]) -> Figure:
    """Histogram of test scores of the normal class, of the other classes, and the threshold.

    Args:
        normal: numbers of the normal classes.
    """
    figure = Figure(figsize=(5.0, 2.8), layout="constrained")
    axis = figure.subplots()
    test = result.scores[result.scores["split"] == "test"]
    scores, is_normal = test["score"].to_numpy(), test["class"].isin(normal).to_numpy()
    # The far tail would leave little room for the part where the two groups meet.
    bins = np.linspace(scores.min(), np.quantile(scores, 0.99), 60)
    groups = ((is_normal, NORMAL, say(LABELS.normal)), (~is_normal, ANOMALY, say(LABELS.anomalous)))
    entries: dict[str, Artist] = {}
    for group, colour, label in groups:
        axis.hist(scores[group], bins.tolist(), density=True, alpha=OPACITY, color=colour)
        entries[label] = Patch(color=colour, alpha=OPACITY)
    threshold = result.metrics.number("detect.threshold")
    entries[say(LABELS.threshold)] = axis.axvline(threshold, color=INK, linewidth=1, linestyle="--")
    axis.set(xlabel=say(LABELS.anomaly_score), ylabel=say(LABELS.density))
    legend_above(figure, entries, columns=len(entries))
    return figure
