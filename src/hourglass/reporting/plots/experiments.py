"""Pictures of single experiments, from their examples."""

from itertools import cycle

from matplotlib.figure import Figure

from hourglass.reporting.language import localised, say
from hourglass.reporting.plots.image_grid import image_grid
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.style import ANOMALY, FAINT, INK, NORMAL, legend_above
from hourglass.reporting.results import Arrays

ORIGINALS = "originals_"


def loss_speed(examples: Arrays) -> Figure:
    """Squared error against gradient steps, a curve per loss."""
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axis = figure.subplots()
    losses = [name for name in examples if name != "steps"]
    entries = {}
    for name, colour in zip(losses, (NORMAL, ANOMALY, INK), strict=True):
        (entries[name],) = axis.plot(examples["steps"], examples[name], color=colour)
    axis.set(xlabel=say(LABELS.gradient_steps), ylabel=say(LABELS.squared_error), yscale="log")
    legend_above(figure, entries, columns=3)
    return figure


def sharpness(examples: Arrays) -> Figure:
    """A column per class: the original, and the reconstruction with each loss."""
    return image_grid([(say(LABELS.original) if name == "originals" else name, examples[name]) for name in examples])


def data_specific(examples: Arrays) -> Figure:
    """For each kind of images: originals, and their reconstructions by each network."""
    rows = []
    for name in examples:
        if name.startswith(ORIGINALS):
            kind = name.removeprefix(ORIGINALS)
            rows.append((f"{say(LABELS.original)}, {kind}", examples[name]))
            rows += [(trained, examples[f"{trained}_{kind}"]) for trained in ("own", "digits")]
    return image_grid(rows)


def collapse(examples: Arrays) -> Figure:
    """KL of each latent dimension, largest first, a curve per weight of the KL term."""
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axis = figure.subplots()
    styles = zip(
        cycle((NORMAL, ANOMALY, INK, FAINT)), cycle(("-", "-", "-", "-", "--", "--", "--", "--")), strict=False
    )
    entries = {}
    for (name, kl), (colour, line) in zip(examples.items(), styles, strict=False):
        label = say(LABELS.beta, beta=localised(name.removeprefix("kl_").replace("_", ".")))
        (entries[label],) = axis.plot(range(1, len(kl) + 1), kl, color=colour, linestyle=line)
    axis.set(xlabel=say(LABELS.ordered_dimension), ylabel=say(LABELS.kl_nats))
    legend_above(figure, entries, columns=4)
    return figure
