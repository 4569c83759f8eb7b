"""The variants that the README shows: in its table, and in its picture."""

from collections.abc import Mapping, Sequence
from functools import partial

from hourglass.reporting import captions, columns
from hourglass.reporting.language import say
from hourglass.reporting.pictures import Picture
from hourglass.reporting.plots.example_images import reconstructions
from hourglass.reporting.results import ReportContext, Result

# Rows of the README's table: variants, and one for the controls.
ROWS = 15


def summary(results: Sequence[Result], settings: Mapping[str, Mapping[str, object]]) -> list[Result]:
    """The variants of the README's table: the first of each module, in the order of params.yaml.

    If that makes more than fit, those with the highest ROC-AUC.

    Args:
        settings: of each variant, as params.yaml has them.
    """
    first: dict[object, Result] = {}
    for result in results:
        first.setdefault(settings[result.name]["module"], result)
    ranked = sorted(first.values(), key=lambda result: -result.metrics.number(columns.ROC_AUC.path))
    names = {result.name for result in ranked[: ROWS - 1]}
    return [result for result in first.values() if result.name in names]


def overview(
    results: Sequence[Result], context: ReportContext, settings: Mapping[str, Mapping[str, object]]
) -> Picture:
    """The README's picture: reconstructions by the variants of its table that are trained to reconstruct."""
    first = summary(results, settings)
    shown = [result for result in first if "evaluate.restoration" not in result.metrics] or first
    caption = captions.RECONSTRUCTIONS.said(lost_first=say(captions.wording(context.dataset).lost_first))
    return Picture("overview", caption, partial(reconstructions, shown, context.shown))
