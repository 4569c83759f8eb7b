"""Loss per epoch of one variant."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hourglass.reporting.language import say
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.style import ANOMALY, INK, NORMAL, legend_above, log_ticks
from hourglass.reporting.results import Result


def training_history(result: Result) -> Figure:
    """Training and validation loss per epoch, trained on all classes and on the normal class only.

    A thin line stands where a phase begins.
    """
    figure = Figure(figsize=(5.0, 2.8), layout="constrained")
    panels = figure.subplots(1, 2)
    titles = {"all": say(LABELS.all_classes), "normal": say(LABELS.normal_class_only)}
    for axis, (images, title) in zip(panels, titles.items(), strict=True):
        # Phases minimise different losses, so each has curves of its own.
        for number, (phase, history) in enumerate(result.history[images].groupby("phase", sort=False)):
            axis.plot(history["epoch"], history["train_loss"], color=ANOMALY, marker=".")
            axis.plot(history["epoch"], history["validation_loss"], color=NORMAL, marker=".")
            if number:
                _mark_start(axis, history["epoch"].iloc[0], str(phase))
        axis.set(title=title, yscale="log")
        axis.locator_params(axis="x", integer=True)
        log_ticks(axis.yaxis, *axis.get_ylim())
    figure.supxlabel(say(LABELS.epoch), fontsize=9)
    figure.supylabel(say(LABELS.loss), fontsize=9)
    training, validation = panels[0].lines[:2]
    legend_above(figure, {say(LABELS.training): training, say(LABELS.validation): validation})
    return figure


def _mark_start(axis: Axes, epoch: float, phase: str) -> None:
    axis.axvline(epoch, color=INK, linewidth=0.6)
    axis.text(epoch, 0.99, phase, transform=axis.get_xaxis_transform(), rotation=90, ha="right", va="top", fontsize=6.5)
