"""Our detectors beside those of other libraries."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hourglass.reporting.benchmark import MEAN, T_SHIRT, Benchmark
from hourglass.reporting.language import number, say
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.placement import LineEnd, name_line_ends
from hourglass.reporting.plots.style import FAINT, INK, NORMAL, Dot, draw_interval, legend_above, row_chart

# Settings of a method -> dot and its name.
GROUPS = {
    "ours": (Dot(NORMAL), LABELS.ours),
    "documented": (Dot(INK), LABELS.documented_settings),
    "default": (Dot(INK, hollow=True), LABELS.default_settings),
}


def method_comparison(benchmark: Benchmark) -> Figure:
    """A row per method, best ten-class mean first: ROC-AUC on T-shirts and over ten classes, ± standard deviation.

    Both settings of a baseline share a row.
    """
    leaders = [benchmark.methods[name] for name in benchmark.leaders()]
    rows = [method.family for method in leaders]
    figure = row_chart(len(rows), width=5.6)
    panels = figure.subplots(1, 2, sharey=True)
    for axis, (key, title) in zip(
        panels, ((T_SHIRT, say(LABELS.t_shirt)), (MEAN, say(LABELS.ten_class_mean))), strict=True
    ):
        _scores(axis, benchmark, key, rows)
        axis.set(xlabel=say(LABELS.roc_auc), title=title, ylim=(len(rows) - 0.4, -0.6))
        axis.grid(axis="y", color=FAINT, linewidth=0.4)
    panels[0].set_yticks(range(len(rows)), rows, fontsize=8)
    for label, method in zip(panels[0].get_yticklabels(), leaders, strict=True):
        if method.ours:
            label.set(color=NORMAL, fontweight="bold")
    legend_above(figure, {say(name): dot.handle() for dot, name in GROUPS.values()}, columns=3)
    return figure


def contamination(benchmark: Benchmark) -> Figure:
    """Ten-class mean of ROC-AUC against the share of anomalies among the training images.

    A line for each of our methods, and for the better settings of each baseline, that it was measured for.
    """
    measured = benchmark.contamination
    shown = [name for name in benchmark.leaders() if all(name in scores for scores in measured.values())]
    figure = Figure(figsize=(5.6, 0.2 * len(shown) + 1.6), layout="constrained")
    axis = figure.subplots()
    shares = [0.0, *measured]
    ends = []
    for name in shown:
        method = benchmark.methods[name]
        means = [scores[MEAN].value for scores in (method.scores, *(scores[name] for scores in measured.values()))]
        colour = NORMAL if method.ours else INK
        axis.plot(shares, means, color=colour, marker="o", markersize=4)
        ends.append(LineEnd(means[-1], name, colour))
    axis.set(xlabel=say(LABELS.contamination), ylabel=say(LABELS.mean_roc_auc))
    axis.set_xticks(shares, ["0", *(number(share, ".0%") for share in measured)])
    name_line_ends(axis, ends)
    return figure


def _scores(axis: Axes, benchmark: Benchmark, key: str, rows: Sequence[str]) -> None:
    """A dot per method at the row of its family."""
    for method in benchmark.methods.values():
        row, score, (dot, _) = rows.index(method.family), method.scores[key], GROUPS[method.settings]
        if score.std is not None:
            draw_interval(axis, (score.value - score.std, score.value + score.std), row, dot.colour)
        dot.draw(axis, score.value, row)
