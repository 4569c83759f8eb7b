"""The documents that show results: README.md and docs/results.md. `hourglass readme` fills them.

Each table stands between marks, `<!-- name -->` and `<!-- /name -->`. The stage `report` writes the tables of the
pipeline to reports/results.md, between marks as well, and the documents copy them from there.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_bytes, read_json, write_text
from hourglass.reporting import benchmark, captions, claims, columns, tables
from hourglass.reporting.controls import joined
from hourglass.reporting.pictures import Picture
from hourglass.reporting.plots.example_images import reconstructions
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.results import Common, Result
from hourglass.reporting.tables import markdown

README = Path("README.md")
RESULTS = Path("docs/results.md")
IMAGES = Path("docs/images")
PICTURES = ("overview", "roc", "benchmark")
# Document -> its marks, and the marks of reports/results.md whose tables they get.
TABLES = {README: {"results": "summary"}, RESULTS: {mark: mark for mark in ("results", "claims", "detectors")}}
# Rows of the README's table: variants, and one for what nobody trained.
SUMMARY_ROWS = 15


def update() -> None:
    """Fill the tables of all documents, and copy their pictures to docs/images/.

    Raises:
        HourglassError: there is no report yet, or a document has lost its marks.
    """
    pictures = [layout.FIGURES / f"{name}.png" for name in PICTURES]
    for file in (layout.RESULTS_TABLE, *pictures):
        if not file.exists():
            raise HourglassError(f"{file} is missing; run `dvc repro` first")
    for document, text in filled_documents().items():
        write_text(document, text)
    IMAGES.mkdir(parents=True, exist_ok=True)
    for file in pictures:
        shutil.copyfile(file, IMAGES / file.name)


def filled_documents() -> dict[Path, str]:
    """Each document with the tables of the last run; the benchmark's only if it was run.

    Raises:
        HourglassError: there is no report yet, or a document has lost its marks.
    """
    results = read_bytes(layout.RESULTS_TABLE).decode()
    texts = {}
    for document, marks in TABLES.items():
        texts[document] = read_bytes(document).decode()
        for mark, source in marks.items():
            texts[document] = filled(document, texts[document], mark, between(layout.RESULTS_TABLE, results, source))
    if layout.BENCHMARK.exists():
        measured = benchmark.parse(read_json(layout.BENCHMARK))
        table = markdown(tables.of_benchmark(measured, measured.ranked()))
        texts[RESULTS] = filled(RESULTS, texts[RESULTS], "benchmark", table)
    return texts


def filled(document: Path, text: str, mark: str, table: str) -> str:
    """`text`, the content of `document`, with `table` between its marks.

    Raises:
        HourglassError: there are no such marks.
    """
    between(document, text, mark)
    return _block(mark).sub(lambda block: block[1] + table + block[3], text)


def between(document: Path, text: str, mark: str) -> str:
    """What stands between the marks in `text`, the content of `document`.

    Raises:
        HourglassError: there are no such marks.
    """
    block = _block(mark).search(text)
    if not block:
        raise HourglassError(f"{document} has no <!-- {mark} --> ... <!-- /{mark} --> block")
    return block[2]


def results_text(results: Sequence[Result], common: Common, settings: Mapping[str, Mapping[str, object]]) -> str:
    """Content of reports/results.md: the tables that documents show.

    Args:
        settings: of each variant, as params.yaml has them.
    """
    mean_image = {LABELS.mean_image: common.controls["mean_image"]}
    both = mean_image | {LABELS.raw_pixels: common.controls["pixels"]}
    no_network = {captions.NO_NETWORK: joined(common.controls)}
    found = {
        "summary": markdown(tables.of_variants(summary(results, settings), no_network, columns.SUMMARY)),
        "results": markdown(tables.of_variants(results, both, columns.RESULTS)),
        "claims": claims.markdown(results, common),
        "detectors": markdown(tables.of_variants(results, mean_image, (*columns.DETECT, *columns.DETECTOR))),
    }
    blocks = (f"<!-- {mark} -->\n{table}<!-- /{mark} -->\n" for mark, table in found.items())
    return "\n".join(["# Results\n", *blocks])


def summary(results: Sequence[Result], settings: Mapping[str, Mapping[str, object]]) -> list[Result]:
    """The variants of the README's table: the first of each module, in the order of params.yaml.

    If that makes more than fit, those with the highest ROC-AUC.
    """
    first: dict[object, Result] = {}
    for result in results:
        first.setdefault(settings[result.name]["module"], result)
    ranked = sorted(first.values(), key=lambda result: -result.metrics.number(columns.ROC_AUC.path))
    names = {result.name for result in ranked[: SUMMARY_ROWS - 1]}
    return [result for result in first.values() if result.name in names]


def overview(results: Sequence[Result], settings: Mapping[str, Mapping[str, object]], common: Common) -> Picture:
    """The README's picture: reconstructions by the variants of its table that are trained to reconstruct."""
    first = summary(results, settings)
    shown = [result for result in first if "evaluate.restoration" not in result.metrics] or first
    caption = captions.RECONSTRUCTIONS.format(lost_first=captions.wording(common.dataset).lost_first)
    return Picture(PICTURES[0], caption, partial(reconstructions, shown, common.classes))


def _block(mark: str) -> re.Pattern[str]:
    """The marks, as groups 1 and 3, and what stands between them, as group 2."""
    return re.compile(rf"(<!-- {mark} -->\n)(.*?)(<!-- /{mark} -->)", re.DOTALL)
