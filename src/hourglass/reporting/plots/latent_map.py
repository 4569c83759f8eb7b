"""Latent codes of test images in the plane."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hourglass.reporting.language import say
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.results import Result

COLUMNS = 6


def latent_map(result: Result, classes: Sequence[str]) -> Figure:
    """One variant's latent codes, coloured by class; more than two dimensions are laid out by t-SNE."""
    figure = Figure(figsize=(5.0, 3.5), layout="constrained")
    axis = figure.subplots()
    _scatter(axis, result, classes, size=9)
    if result.planar:
        axis.set(xlabel=say(LABELS.latent_dimension, number=1), ylabel=say(LABELS.latent_dimension, number=2))
    else:  # The coordinates of a t-SNE mean nothing.
        axis.set(xlabel=say(LABELS.t_sne), xticks=[], yticks=[])
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2)
    return figure


def latent_maps(results: Sequence[Result], classes: Sequence[str]) -> Figure:
    """Every variant's `latent_map`, in a small panel of its own."""
    rows = math.ceil(len(results) / COLUMNS)
    figure = Figure(figsize=(9.0, 1.6 * rows + 0.6), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axis in panels:
        axis.axis("off")
    for axis, result in zip(panels, results, strict=False):
        _scatter(axis, result, classes, size=3)
        axis.set_title(result.name, fontsize=8)
    figure.legend(panels[0].collections, classes, loc="outside upper center", ncols=5, markerscale=4)
    return figure


def _scatter(axis: Axes, result: Result, classes: Sequence[str], size: float) -> None:
    points, labels = result.examples["latent_codes"], result.examples["labels"]
    for number, name in enumerate(classes):
        rows = labels == number
        axis.scatter(points[rows, 0], points[rows, 1], s=size, alpha=0.75, linewidths=0, label=name)
