"""Content of reports/results.md: the tables that documents show."""

from collections.abc import Mapping, Sequence

from hourglass.reporting import captions, claims, columns, markdown, tables
from hourglass.reporting.controls import joined
from hourglass.reporting.documents import block
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.results import ReportContext, Result
from hourglass.reporting.summary import summary


def text(results: Sequence[Result], context: ReportContext, settings: Mapping[str, Mapping[str, object]]) -> str:
    """Each table between its marks.

    Args:
        settings: of each variant, as params.yaml has them.
    """
    mean_image = {LABELS.mean_image: context.controls["mean_image"]}
    controls = mean_image | {LABELS.raw_pixels: context.controls["pixels"]}
    no_network = {captions.NO_NETWORK: joined(context.controls)}
    detectors = (*columns.DETECT, *columns.DETECTOR)
    shown = {
        "summary": markdown.of_table(tables.of_variants(summary(results, settings), no_network, columns.SUMMARY)),
        "results": markdown.of_table(tables.of_variants(results, controls, columns.RESULTS)),
        "claims": claims.table(context.claims),
        **claims.tours(context.claims),
        "detectors": markdown.of_table(tables.of_variants(results, mean_image, detectors)),
    }
    return "\n".join([f"# {captions.RESULTS_TITLE}\n", *(block(mark, table) for mark, table in shown.items())])
