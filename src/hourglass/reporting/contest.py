"""Pictures of the benchmark: our detectors beside those of other libraries; results in, matplotlib figures out."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hourglass.reporting.benchmark import Methods, kin, leaders, mean_std, value
from hourglass.reporting.curves import name_ends
from hourglass.reporting.style import FAINT, INK, NORMAL

MARKS: Mapping[str, Mapping[str, Any]] = {
    "ours": {"color": NORMAL},
    "documented": {"color": INK},
    "default": {"color": INK, "markerfacecolor": "white"},
}


def contest(methods: Methods) -> Figure:
    """A line a method, best ten-class mean first: ROC-AUC on T-shirts and over ten classes, ± its deviation.

    Settings of one rival share a line.
    """
    order = [kin(name, methods) for name in leaders(methods)]
    bar: dict[str, Any] = {"linewidth": 5, "alpha": 0.3, "solid_capstyle": "butt"}
    figure = Figure(figsize=(5.6, 0.2 * len(order) + 1.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for axis, (key, title) in zip(panels, (("t_shirt", "T-shirt"), ("mean", "ten-class mean")), strict=True):
        for name, method in methods.items():
            line, mark = order.index(kin(name, methods)), _mark(name, method)
            mean, std = mean_std(method, key)
            if std is not None:
                axis.plot([mean - std, mean + std], [line, line], **bar, color=mark["color"])
            axis.plot(mean, line, "o", markersize=5, **mark)
        axis.set(xlabel="ROC-AUC", title=title, ylim=(len(order) - 0.4, -0.6))
        axis.grid(axis="y", color=FAINT, linewidth=0.4)
    panels[0].set_yticks(range(len(order)), order, fontsize=8)
    ours = {name for name in methods if methods[name]["ours"]}
    for label in panels[0].get_yticklabels():
        if label.get_text() in ours:
            label.set(color=NORMAL, fontweight="bold")
    handles = [Line2D([], [], marker="o", linestyle="", markersize=5, **mark) for mark in MARKS.values()]
    names = ["ours", "another library’s, documented settings", "with its defaults"]
    figure.legend(handles, names, loc="outside upper left", ncols=3, fontsize=8)
    return figure


def contamination(benchmark: Mapping[str, Any]) -> Figure:
    """Ten-class mean against the share of anomalies among the training images.

    A line for each of our methods, and for each rival's better setting, that it was measured for.
    """
    methods, found = benchmark["methods"], benchmark["contamination"]
    shares = sorted(found, key=float)
    shown = [name for name in leaders(methods) if name in found[shares[0]]]
    figure = Figure(figsize=(5.6, 0.2 * len(shown) + 1.6), layout="constrained")
    axis = figure.subplots()
    ends = []
    for name in shown:
        colour = NORMAL if methods[name]["ours"] else INK
        values = [value(measured, "mean") for measured in (methods[name], *(found[share][name] for share in shares))]
        axis.plot([0, *map(float, shares)], values, color=colour, marker="o", markersize=4)
        ends.append((values[-1], name, colour))
    axis.set(xlabel="share of anomalies among training images", ylabel="ten-class mean of ROC-AUC")
    axis.set_xticks([0, *map(float, shares)], ["0", *(f"{float(share):.0%}" for share in shares)])
    name_ends(axis, ends)
    return figure


def _mark(name: str, method: Mapping[str, Any]) -> Mapping[str, Any]:
    return MARKS["ours" if method["ours"] else name.rpartition(".")[2]]
