"""Anomaly scores of one detector."""

from collections.abc import Collection

import numpy as np
from matplotlib.figure import Figure

from hourglass.reporting.language import say
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.style import ANOMALY, INK, NORMAL
from hourglass.reporting.results import Result


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
    for group, colour, label in groups:
        axis.hist(scores[group], bins.tolist(), density=True, alpha=0.65, color=colour, label=label)
    threshold = result.metrics.number("detect.threshold")
    axis.axvline(threshold, color=INK, linewidth=1, linestyle="--", label=say(LABELS.threshold))
    axis.set(xlabel=say(LABELS.anomaly_score), ylabel=say(LABELS.density))
    axis.legend()
    return figure
