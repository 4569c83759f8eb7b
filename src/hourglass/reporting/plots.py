"""Pictures made of points and curves: results in, matplotlib figures out."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hourglass.reporting.results import Result
from hourglass.reporting.style import ANOMALY, FAINT, INK, NORMAL

# The ROC curves part where few alarms are false; above this share they all meet in the corner.
FALSE_ALARMS_SHOWN = 0.5


def roc(results: Sequence[Result]) -> Figure:
    """Every detector's ROC curve, grey; the best, the median and the worst by their area have colour and name.

    Rings are points of the mean image's curve: at its threshold, and where it finds 95% of the anomalies.
    """
    figure = Figure(figsize=(5.0, 4.2), layout="constrained")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color=INK, linestyle=":", linewidth=1)
    ranked = sorted(results, key=lambda result: -result.detect["roc_auc"])
    for result in ranked:
        axis.plot(result.roc["false_alarm_rate"], result.roc["detection_rate"], color=FAINT, linewidth=0.7)
    chosen = {"best": (0, NORMAL), "median": (len(ranked) // 2, INK), "worst": (-1, ANOMALY)}
    for line, (place, (rank, colour)) in enumerate(chosen.items()):
        result = ranked[rank]
        x, y = (result.roc[name].to_numpy() for name in ("false_alarm_rate", "detection_rate"))
        axis.plot(x, y, color=colour, linewidth=1.8)
        # Names stand where no curve above chance can pass, in an order in which their pointers do not cross.
        at, text = 0.22 - 0.06 * line, (0.45, 0.18 - 0.07 * line)
        pointer = {"arrowstyle": "-", "color": colour, "linewidth": 0.8, "relpos": (0, 0.5)}
        axis.annotate(
            f"{place}: {result.name} {result.detect['roc_auc']:.3f}",
            (at, np.interp(at, x, y)),
            xytext=text,
            textcoords="axes fraction",
            va="center",
            color=colour,
            arrowprops=pointer,
        )
    mean = ranked[0].detect["mean_image"]
    rings = [mean["false_alarm_rate"], mean["fpr_at_95_tpr"]], [mean["detection_rate"], 0.95]
    axis.plot(*rings, "o", color=INK, markerfacecolor="white", markersize=5, zorder=3)
    pointer = {"arrowstyle": "-", "color": INK, "linewidth": 0.8, "relpos": (0.9, 1)}
    beside: dict[str, Any] = {"textcoords": "axes fraction", "ha": "right", "arrowprops": pointer}
    axis.annotate(f"mean image {mean['roc_auc']:.3f}", (rings[0][1], rings[1][1]), xytext=(0.97, 0.7), **beside)
    axis.text(0.97 * FALSE_ALARMS_SHOWN, FALSE_ALARMS_SHOWN, "chance 0.500", ha="right", va="bottom")
    axis.set(xlabel="false alarms: share of normal images flagged", ylabel="detections: share of anomalies flagged")
    axis.set(xlim=(0, FALSE_ALARMS_SHOWN), ylim=(0, 1.01))
    return figure


def scores(result: Result, normal: int) -> Figure:
    """Histogram of test scores, normal and not normal, with the threshold."""
    figure = Figure(figsize=(5.0, 2.8), layout="constrained")
    axis = figure.subplots()
    test = result.scores[result.scores["split"] == "test"]
    values, ordinary = test["score"].to_numpy(), (test["class"] == normal).to_numpy()
    # The far tail would squeeze the part where the two groups meet.
    bins = np.linspace(values.min(), np.quantile(values, 0.99), 60)
    for group, colour, label in ((ordinary, NORMAL, "normal"), (~ordinary, ANOMALY, "not normal")):
        axis.hist(values[group], bins.tolist(), density=True, alpha=0.65, color=colour, label=label)
    axis.axvline(result.detect["threshold"], color=INK, linewidth=1, linestyle="--", label="threshold")
    axis.set(xlabel="anomaly score", ylabel="density")
    axis.legend()
    return figure


def training(result: Result) -> Figure:
    """Loss per epoch of both trainings, on training and on validation images; a thin line where a phase begins."""
    figure = Figure(figsize=(5.0, 2.6), layout="constrained")
    for axis, (which, title) in zip(
        figure.subplots(1, 2), (("all", "all classes"), ("normal", "normal class only")), strict=True
    ):
        # Phases minimise different losses, so each has curves of its own.
        for number, (name, history) in enumerate(result.history[which].groupby("phase", sort=False)):
            for part, colour in (("train", ANOMALY), ("validation", NORMAL)):
                label = "" if number else part.replace("train", "training")
                axis.plot(history["epoch"], history[f"{part}_loss"], color=colour, marker=".", label=label)
            if number:
                start = history["epoch"].iloc[0]
                axis.axvline(start, color=INK, linewidth=0.6)
                place = {"transform": axis.get_xaxis_transform(), "rotation": 90, "ha": "right", "va": "top"}
                axis.text(start, 0.99, name, fontsize=6.5, **place)
        axis.set(title=title, yscale="log")
        axis.legend()
    figure.supxlabel("epoch (0 is the untrained network)", fontsize=9)
    figure.supylabel("loss per image", fontsize=9)
    return figure


def codes(result: Result, classes: Sequence[str]) -> Figure:
    """The codes of test images in the plane, coloured by class."""
    figure = Figure(figsize=(5.0, 3.5), layout="constrained")
    axis = figure.subplots()
    _scatter(axis, result, classes, size=9)
    if result.flat:
        axis.set(xlabel="code 1", ylabel="code 2")
    else:  # A map's coordinates mean nothing.
        axis.set(xlabel="t-SNE of the code", xticks=[], yticks=[])
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2)
    return figure


def maps(results: Sequence[Result], classes: Sequence[str]) -> Figure:
    """Every variant's codes in a small plane of its own, as in `codes`."""
    columns = 6
    lines = math.ceil(len(results) / columns)
    figure = Figure(figsize=(9.0, 1.6 * lines + 0.6), layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for axis in grid:
        axis.axis("off")
    for axis, result in zip(grid, results, strict=False):
        _scatter(axis, result, classes, size=3)
        axis.set_title(result.name, fontsize=8)
    figure.legend(grid[0].collections, classes, loc="outside upper center", ncols=5, markerscale=4)
    return figure


def codebook(result: Result) -> Figure:
    """The share of test places that use each entry of the codebook, most used first."""
    usage = result.examples["codebook_usage"]
    figure = Figure(figsize=(5.0, 2.4), layout="constrained")
    axis = figure.subplots()
    axis.bar(range(1, len(usage) + 1), usage, width=1.0, color=NORMAL)
    axis.axhline(1 / len(usage), color=INK, linewidth=1, linestyle="--", label="all equally often")
    axis.set(xlabel="codebook entry, most used first", ylabel="share of places", xlim=(0.5, len(usage) + 0.5))
    axis.legend()
    return figure


def _scatter(axis: Axes, result: Result, classes: Sequence[str], size: float) -> None:
    points, labels = result.examples["codes"], result.examples["labels"]
    for number, name in enumerate(classes):
        chosen = labels == number
        axis.scatter(points[chosen, 0], points[chosen, 1], s=size, alpha=0.75, linewidths=0, label=name)
