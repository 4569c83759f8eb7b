"""Restore: corrupted images, and what the model makes of them."""

from collections.abc import Sequence
from functools import partial

from hourglass.reporting import captions, columns, tables
from hourglass.reporting.language import say
from hourglass.reporting.pictures import Picture
from hourglass.reporting.plots.corruption_levels import corruption_levels_of_all
from hourglass.reporting.plots.example_images import restorations
from hourglass.reporting.results import ReportContext, Result
from hourglass.reporting.section import Section
from hourglass.reporting.verdicts import compare, verdicts


def restore(results: Sequence[Result], context: ReportContext) -> Section:
    """Over the variants that are trained to return the image before its corruption."""
    # A gain is the distance to the best classical method, whose own gain is 0.
    comparisons = compare(results, columns.RESTORATION_GAIN.path, 0.0)
    return Section(
        "restore",
        say(captions.RESTORE),
        say(captions.RESTORE_INTRO),
        [
            Picture("restorations", captions.RESTORATIONS.said(), partial(restorations, results, context.shown)),
            Picture("corruption_levels", captions.CORRUPTION_LEVELS.said(), partial(corruption_levels_of_all, results)),
        ],
        verdicts(comparisons, say(captions.BEST_CLASSICAL), columns.GAIN),
        tables.of_variants(results, {}, columns.RESTORE),
        columns.RESTORATION_GAIN,
    )
