"""Content of reports/results.md: the tables that documents show, in English but for that of the Spanish README."""

from collections.abc import Mapping, Sequence

from hourglass.reporting import captions, claims, columns, markdown, tables
from hourglass.reporting.controls import joined
from hourglass.reporting.documents import block
from hourglass.reporting.language import say, spoken
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.results import ReportContext, Result
from hourglass.reporting.summary import summary


def text(results: Sequence[Result], context: ReportContext, settings: Mapping[str, Mapping[str, object]]) -> str:
    """Each table between its marks.

    Args:
        settings: of each variant, as params.yaml has them.
    """
    mean_image = {say(LABELS.mean_image): context.controls["mean_image"]}
    controls = mean_image | {say(LABELS.raw_pixels): context.controls["pixels"]}
    detectors = (*columns.DETECT, *columns.DETECTOR)
    with spoken("es"):
        spanish = _summary(results, context, settings)
    shown = {
        "summary": _summary(results, context, settings),
        "summary_es": spanish,
        "results": markdown.of_table(tables.of_variants(results, controls, columns.RESULTS)),
        "claims": claims.table(context.claims),
        **claims.tours(context.claims),
        "detectors": markdown.of_table(tables.of_variants(results, mean_image, detectors)),
    }
    return "\n".join([f"# {say(captions.RESULTS_TITLE)}\n", *(block(mark, table) for mark, table in shown.items())])


def _summary(results: Sequence[Result], context: ReportContext, settings: Mapping[str, Mapping[str, object]]) -> str:
    """The README's table."""
    no_network = {say(captions.NO_NETWORK): joined(context.controls)}
    return markdown.of_table(tables.of_variants(summary(results, settings), no_network, columns.SUMMARY))
