"""Quality of restored images by corruption level."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hourglass.reporting.language import number, say
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.placement import LineEnd, name_line_ends
from hourglass.reporting.plots.style import ANOMALY, INK, NORMAL
from hourglass.reporting.results import Result


def corruption_levels(result: Result) -> Figure:
    """One variant's PSNR and SSIM at each corruption level, beside those of classical methods."""
    figure = Figure(figsize=(5.0, 5.0), layout="constrained")
    upper, lower = figure.subplots(2, 1)
    _panel(upper, result, "psnr", say(LABELS.psnr))
    _panel(lower, result, "ssim", say(LABELS.ssim))
    return figure


def corruption_levels_of_all(results: Sequence[Result]) -> Figure:
    """Every variant's PSNR at each corruption level, beside that of classical methods, in a panel of its own."""
    columns = min(2, len(results))
    rows = math.ceil(len(results) / columns)
    figure = Figure(figsize=(4.6 * columns, 2.7 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in panels[len(results) :]:
        axis.axis("off")
    for axis, result in zip(panels, results, strict=False):
        _panel(axis, result, "psnr", say(LABELS.psnr))
        axis.set_title(result.name)
    return figure


def _panel(axis: Axes, result: Result, metric: str, title: str) -> None:
    """Thick: the model; thin: classical methods; a dashed line at the level that the model was trained on."""
    restoration = result.metrics.at("evaluate.restoration")
    levels = sorted(restoration.at("levels").items(), key=lambda item: float(item[0]))
    x, measured = [float(level) for level, _ in levels], [metrics for _, metrics in levels]
    ends = []
    for method, _ in measured[0].at("baselines").items():
        values = [metrics.number(f"baselines.{method}.{metric}") for metrics in measured]
        axis.plot(x, values, color=INK, linewidth=0.8)
        ends.append(LineEnd(values[-1], method.replace("_", " "), INK))
    values = [metrics.number(metric) for metrics in measured]
    axis.plot(x, values, color=NORMAL, linewidth=2.4, marker="o", markersize=4)
    ends.append(LineEnd(values[-1], say(LABELS.model), NORMAL))
    axis.axvline(restoration.number("level"), color=ANOMALY, linewidth=1, linestyle="--")
    axis.set(xlabel=say(LABELS.corruption_level), ylabel=title, xlim=(x[0] - 0.03 * (x[-1] - x[0]), x[-1]))
    axis.set_xticks(x, [number(level, "g") for level in x])
    name_line_ends(axis, ends)
