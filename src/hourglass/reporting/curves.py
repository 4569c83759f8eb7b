"""Pictures of a figure against something that was varied: results in, matplotlib figures out."""

import math
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hourglass.reporting.results import Result
from hourglass.reporting.style import ANOMALY, FAINT, INK, NORMAL, spread

LABELS = (10, 100, 1000)
# From one name at the end of a line to the next.
LINE_INCHES = 0.22
FEWEST = f"probe_accuracy_{LABELS[0]}"


def labels(results: Sequence[Result], pixels: Mapping[str, float]) -> Figure:
    """Accuracy of the probe against labels a class, grey; best, median and worst with fewest labels have colour.

    Args:
        pixels: the same figures of raw pixels, dashed.
    """
    figure = Figure(figsize=(5.0, 3.8), layout="constrained")
    axis = figure.subplots()
    ranked = sorted((result.evaluate["representation"] | {"name": result.name} for result in results), key=_fewest)
    for found in ranked:
        axis.plot(LABELS, _accuracies(found), color=FAINT, linewidth=0.7)
    chosen = {"best": (-1, NORMAL), "median": (len(ranked) // 2, INK), "worst": (0, ANOMALY)}
    for place, (rank, colour) in chosen.items():
        found = ranked[rank]
        label = f"{place}: {found['name']} {_fewest(found):.3f}"
        axis.plot(LABELS, _accuracies(found), color=colour, linewidth=1.8, marker="o", markersize=4, label=label)
    label = f"raw pixels {_fewest(pixels):.3f}"
    axis.plot(LABELS, _accuracies(pixels), color=INK, linewidth=1, linestyle="--", label=label)
    axis.set(xlabel="labelled images a class", ylabel="accuracy of a linear classifier", xscale="log")
    axis.set_xticks(LABELS, [f"{count:,}" for count in LABELS])
    axis.minorticks_off()
    axis.legend(loc="lower right", title=f"with {LABELS[0]} labels a class", alignment="left", fontsize=8)
    return figure


def levels(results: Sequence[Result]) -> Figure:
    """A panel a variant: PSNR at each level of damage, of the model and of every classical method."""
    columns = min(2, len(results))
    lines = math.ceil(len(results) / columns)
    figure = Figure(figsize=(4.6 * columns, 2.7 * lines), layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for axis in panels[len(results) :]:
        axis.axis("off")
    for axis, result in zip(panels, results, strict=False):
        _damage(axis, result, "psnr", "PSNR (dB)")
        axis.set_title(result.name)
    return figure


def damage(result: Result) -> Figure:
    """One variant's PSNR and SSIM at each level of damage, beside every classical method's."""
    figure = Figure(figsize=(5.0, 5.0), layout="constrained")
    upper, lower = figure.subplots(2, 1)
    _damage(upper, result, "psnr", "PSNR (dB)")
    _damage(lower, result, "ssim", "SSIM")
    return figure


def sizes(sweeps: Mapping[str, Mapping[str, Any]], rivals: Mapping[str, tuple[str, float]]) -> Figure:
    """Three panels: a line a kind of autoencoder, with its interval, against the size of the code.

    Args:
        sweeps: kind -> size -> figures.
        rivals: key of a figure -> name and figure of a control, dashed.
    """
    figure = Figure(figsize=(9.6, 3.3), layout="constrained")
    titles = {"validation_mse": "validation MSE", "knn_accuracy": "kNN accuracy", "roc_auc": "ROC-AUC"}
    for axis, (key, title) in zip(figure.subplots(1, 3), titles.items(), strict=True):
        for (name, found), colour in zip(sweeps.items(), cycle((NORMAL, ANOMALY, INK)), strict=False):
            places = sorted(found, key=int)
            x, values = [int(size) for size in places], [found[size][key] for size in places]
            low, high = zip(*(found[size][f"{key}_ci"] for size in places), strict=True)
            axis.plot(x, values, color=colour, marker="o", markersize=3.5, label=name)
            axis.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        if key in rivals:
            name, value = rivals[key]
            axis.axhline(value, color=INK, linewidth=1, linestyle="--")
            title += f"\n(dashed: {name} {value:.3f})"
        axis.set_xscale("log", base=2)
        axis.set_xticks(x, [str(size) for size in x], fontsize=8)
        axis.set_title(title, fontsize=9)
        axis.set_xlabel("numbers in the code")
        if key == "validation_mse":
            axis.set_yscale("log")
            axis.legend(fontsize=8)
    return figure


def _damage(axis: Axes, result: Result, key: str, title: str) -> None:
    found = sorted(result.evaluate["restoration"]["levels"].items(), key=lambda item: float(item[0]))
    x = [float(level) for level, _ in found]
    ends = []
    for name in found[0][1]["baselines"]:
        values = [at["baselines"][name][key] for _, at in found]
        axis.plot(x, values, color=INK, linewidth=0.8)
        ends.append((values[-1], name.replace("_", " "), INK))
    values = [at[key] for _, at in found]
    axis.plot(x, values, color=NORMAL, linewidth=2.4, marker="o", markersize=4)
    ends.append((values[-1], "model", NORMAL))
    axis.axvline(result.evaluate["restoration"]["level"], color=ANOMALY, linewidth=1, linestyle="--")
    axis.set(xlabel="level of damage", ylabel=title, xlim=(x[0] - 0.03 * (x[-1] - x[0]), x[-1]))
    axis.set_xticks(x, [f"{level:g}" for level in x])
    name_ends(axis, ends)


def name_ends(axis: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Write the name of each line at its right end, moved where it would cover another.

    Args:
        ends: height of the end, name and colour of each line.
    """
    low, high = axis.get_ylim()
    axis.set_ylim(low, high)
    ordered = sorted(ends)
    figure, grid = axis.get_figure(root=True), axis.get_gridspec()
    apart = LINE_INCHES * (grid.nrows if grid else 1) / (figure.get_figheight() if figure else 1)
    places = spread((value for value, _, _ in ordered), apart * (high - low), high)
    leader = {"arrowstyle": "-", "color": FAINT, "linewidth": 0.5, "relpos": (0, 0.5), "shrinkA": 1}
    for place, (value, name, colour) in zip(places, ordered, strict=True):
        axis.annotate(
            name,
            (axis.dataLim.x1, value),
            (1.05, place),
            textcoords=axis.get_yaxis_transform(),
            va="center",
            fontsize=8,
            color=colour,
            arrowprops=leader,
        )


def _accuracies(found: Mapping[str, Any]) -> list[float]:
    return [found[f"probe_accuracy_{count}"] for count in LABELS]


def _fewest(found: Mapping[str, Any]) -> float:
    return float(found[FEWEST])
