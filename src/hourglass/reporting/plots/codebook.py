"""How often the entries of a codebook are used."""

from matplotlib.figure import Figure

from hourglass.reporting.language import say
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.style import INK, NORMAL
from hourglass.reporting.results import Result


def codebook(result: Result) -> Figure:
    """The share of latent positions of test images that use each codebook entry, most used first."""
    usage = result.examples["codebook_usage"]
    figure = Figure(figsize=(5.0, 2.4), layout="constrained")
    axis = figure.subplots()
    axis.bar(range(1, len(usage) + 1), usage, width=1.0, color=NORMAL)
    axis.axhline(1 / len(usage), color=INK, linewidth=1, linestyle="--", label=say(LABELS.uniform_usage))
    axis.set(xlabel=say(LABELS.codebook_entry), ylabel=say(LABELS.usage), xlim=(0.5, len(usage) + 0.5))
    axis.legend()
    return figure
