"""What variants make of test images."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from hourglass.reporting.language import say
from hourglass.reporting.plots.image_grid import image_grid, mosaic
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.results import Result

UNIT_COLUMNS = 16


def reconstructions(results: Sequence[Result], classes: Sequence[str]) -> Figure:
    """A column per class: the original on top, below it each variant's reconstruction."""
    rows = [(say(LABELS.original), results[0].examples["originals"])]
    return image_grid([*rows, *((result.name, result.examples["reconstructions"]) for result in results)], classes)


def restorations(results: Sequence[Result], classes: Sequence[str]) -> Figure:
    """A column per class: the original; for each variant its input (hidden pixels grey), and its restoration."""
    rows = [(say(LABELS.original), results[0].examples["restoration_originals"])]
    for result in results:
        rows.append((say(LABELS.corrupted), np.nan_to_num(result.examples["restoration_observed"], nan=0.5)))
        rows.append((result.name, result.examples["restoration_restored"]))
    return image_grid(rows, classes)


def units(result: Result) -> Figure:
    """What each of the most used units of a sparse latent code responds to."""
    return mosaic(result.examples["units"], UNIT_COLUMNS)
