"""The report's pictures: results in, matplotlib figures out."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hourglass.reporting.results import Result

NORMAL, ANOMALY, INK = "#2a7f9e", "#d9673a", "#22313a"

mpl.rcParams.update(
    {
        "figure.dpi": 130,
        "font.size": 9,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": "#b8c2c7",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": INK,
        "ytick.color": INK,
        "legend.frameon": False,
    }
)


def reconstructions(results: Sequence[Result], classes: Sequence[str]) -> Figure:
    """One column a class: the original on top, below it each variant's reconstruction."""
    rows = [("original", results[0].examples["originals"])]
    rows += [(result.name, result.examples["reconstructions"]) for result in results]
    return _rows(rows, classes)


def restorations(result: Result, classes: Sequence[str]) -> Figure:
    """One column a class: the original, what the model was shown of it (hidden pixels mid-grey), what it made of it."""
    names = {"original": "originals", "shown": "observed", "restored": "restored"}
    found = {title: result.examples[f"restoration_{name}"] for title, name in names.items()}
    return _rows([(title, np.nan_to_num(images, nan=0.5)) for title, images in found.items()], classes)


def roc(results: Sequence[Result]) -> Figure:
    """Every detector's ROC curve, with its area in the legend."""
    figure = Figure(figsize=(5.4, 4.8), layout="constrained")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color="#b8c2c7", linestyle=":", label="chance 0.500")
    for result in sorted(results, key=lambda result: -result.detect["roc_auc"]):
        label = f"{result.name} {result.detect['roc_auc']:.3f}"
        axis.plot(result.roc["false_alarm_rate"], result.roc["detection_rate"], label=label)
    axis.set(xlabel="false alarms: share of normal images flagged", ylabel="detections: share of anomalies flagged")
    axis.set(xlim=(0, 1), ylim=(0, 1.01), aspect="equal")
    axis.legend(loc="lower right")
    return figure


def scores(result: Result, normal: int) -> Figure:
    """Histogram of test scores, normal and not normal, with the threshold."""
    figure = Figure(figsize=(5.4, 3.0), layout="constrained")
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
    figure = Figure(figsize=(7.2, 2.8), layout="constrained")
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
        axis.set(title=title, xlabel="epoch (0 is the untrained network)", yscale="log")
        axis.legend()
    figure.supylabel("loss per image", fontsize=9)
    return figure


def codes(result: Result, classes: Sequence[str]) -> Figure:
    """The codes of test images in the plane, coloured by class; codes above 2-D by their two main directions."""
    points, labels = result.examples["codes"], result.examples["labels"]
    flat = points.shape[1] <= 2
    if not flat:
        centred = points - points.mean(0)
        points = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    elif points.shape[1] == 1:
        points = np.column_stack([points, np.zeros(len(points))])
    figure = Figure(figsize=(6.2, 4.4), layout="constrained")
    axis = figure.subplots()
    for number, name in enumerate(classes):
        chosen = labels == number
        axis.scatter(points[chosen, 0], points[chosen, 1], s=9, alpha=0.75, linewidths=0, label=name)
    names = ("code 1", "code 2") if flat else ("first main direction of the code", "second")
    axis.set(xlabel=names[0], ylabel=names[1])
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2)
    return figure


def samples(result: Result) -> Figure:
    """Images decoded from draws of the prior."""
    images = result.examples["samples"]
    columns = 16
    figure, axes = _grid(len(images) // columns, columns, 0.55)
    for axis, image in zip(axes.flat, images, strict=False):
        _show(axis, image)
    return figure


def _rows(rows: Sequence[tuple[str, NDArray[np.floating]]], classes: Sequence[str]) -> Figure:
    """Named rows of images, one column a class."""
    columns = len(rows[0][1])
    figure, axes = _grid(len(rows), columns, 0.78)
    for line, (name, images) in zip(axes, rows, strict=True):
        for axis, image in zip(line, images, strict=True):
            _show(axis, image)
        line[0].text(-0.15, 0.5, name, transform=line[0].transAxes, ha="right", va="center")
    for axis, name in zip(axes[0], classes, strict=False):
        axis.set_title(name, fontsize=7.5)
    return figure


def _grid(rows: int, columns: int, inches: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(columns * inches + 0.9, rows * inches + 0.25), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, gridspec_kw={"wspace": 0.02, "hspace": 0.02})
    for axis in axes.flat:
        axis.axis("off")
    return figure, axes


def _show(axis: Axes, image: NDArray[np.floating]) -> None:
    """Draw one image (C, H, W), clipped to [0, 1]; one channel in grey, dark on white like print."""
    if image.shape[0] == 3:
        axis.imshow(image.transpose(1, 2, 0).clip(0, 1))
    else:
        axis.imshow(image[0].clip(0, 1), cmap="gray_r", vmin=0, vmax=1)
