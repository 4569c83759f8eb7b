"""The report: one HTML file with styles, script and pictures inside, so that it opens offline."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hourglass.core.errors import HourglassError
from hourglass.core.files import write_text
from hourglass.reporting import captions, columns, documents, names_in_pictures, pictures, tables
from hourglass.reporting.benchmark import parse
from hourglass.reporting.gallery import gallery
from hourglass.reporting.glance import glance
from hourglass.reporting.idea import idea
from hourglass.reporting.language import ENGLISH, current, number, say
from hourglass.reporting.live import Live
from hourglass.reporting.pictures import Embedded, Picture
from hourglass.reporting.plots import ground
from hourglass.reporting.results import ReportContext, Result, training_seconds
from hourglass.reporting.section import Section
from hourglass.reporting.sections.benchmark import benchmark
from hourglass.reporting.sections.bottleneck import bottleneck
from hourglass.reporting.sections.compress import compress
from hourglass.reporting.sections.data import data
from hourglass.reporting.sections.detect import detect
from hourglass.reporting.sections.experiments import experiments
from hourglass.reporting.sections.generate import generate
from hourglass.reporting.sections.ledger import ledger
from hourglass.reporting.sections.organise import organise
from hourglass.reporting.sections.restore import restore
from hourglass.reporting.summary import overview

TEMPLATES = Path(__file__).parent / "templates"
# Bytes of the page at most, so that it can be mailed, and opens on a phone.
LIMIT = 8_000_000
# Each may use what those before it define.
SCRIPTS = [
    f"live/{name}.js"
    for name in (
        *("state", "tensors", "operations", "network", "drawing", "data", "picker", "random", "classical"),
        *("badge", "explore", "attempt", "generate", "denoise", "threshold", "compare", "linking", "start"),
    )
]


def write(
    results: Sequence[Result],
    context: ReportContext,
    settings: Mapping[str, Mapping[str, object]],
    live: Live,
    folder: Path,
    target: Path,
) -> None:
    """Draw all pictures into `folder`, and write the page that holds them to `target`.

    Args:
        settings: of each variant, as params.yaml has them.
        live: the networks that run in the page.
        folder: gets the overviews as PNG, and a folder for each variant's own pictures.

    Raises:
        HourglassError: the page would have more than LIMIT bytes; it is not written.
    """
    chapters = sections(results, context)
    galleries = {result.name: gallery(result, context) for result in results}
    groups = (*(chapter.pictures for chapter in chapters), *galleries.values())
    drawn = [overview(results, context, settings), *(picture for group in groups for picture in group)]
    names = names_in_pictures.by_text([result.name for result in results], context.classes)
    with ground.drawn_as(context.are_photographs):
        embedded = pictures.save([*drawn, *_of_documents(drawn)], folder, names)
    page = (
        _environment(embedded)
        .get_template("report.html")
        .render(
            text=captions,
            context=context,
            glance=glance(chapters, context.acceptance),
            sections=chapters,
            ledger=ledger(context.claims, chapters, results),
            results=results,
            settings=settings,
            galleries=galleries,
            metrics={result.name: metrics(result) for result in results},
            live=live,
            training=training_seconds(context.dataset),
            ideas={name: idea(str(own["module"])) for name, own in settings.items()},
        )
    )
    _require_small(page, live, embedded.values(), target)
    write_text(target, page)


def _require_small(page: str, live: Live, embedded: Iterable[Embedded], target: Path) -> None:
    """Check the size of the page.

    Raises:
        HourglassError: it has more than LIMIT bytes.
    """
    size = len(page.encode())
    if size > LIMIT:
        networks = sum(len(network) for network in live.networks.values())
        shown = sum(len(picture.address) for picture in embedded)
        raise HourglassError(
            f"{target}: the page would have {size / 1e6:.1f} MB; the limit is {LIMIT / 1e6:.1f} MB. Its pictures take "
            f"{shown / 1e6:.1f} MB: remove variants or experiments from params.yaml. Its networks take "
            f"{networks / 1e6:.1f} MB: lower ROOM in src/hourglass/live/selection.py"
        )


def sections(results: Sequence[Result], context: ReportContext) -> list[Section]:
    """The sections in the report's order, without those that no variant belongs to.

    The metrics of a variant say where it belongs, never its name. Restoring variants are not trained to reconstruct
    their input, so they are compared by their restorations only.
    """
    groups = (
        (compress, [result for result in results if "evaluate.restoration" not in result.metrics]),
        (restore, [result for result in results if "evaluate.restoration" in result.metrics]),
        (organise, results),
        (generate, [result for result in results if "evaluate.generation" in result.metrics]),
        (detect, results),
    )
    shown = [data(context.data)] if context.data else []
    shown += [section(group, context) for section, group in groups if group]
    if context.benchmark:
        shown.append(benchmark(parse(context.benchmark), context.classes))
    shown.append(bottleneck(context))
    return [*shown, experiments(context.experiments)] if context.experiments else shown


def metrics(result: Result) -> dict[str, list[tuple[str, str, str]]]:
    """Group of metrics -> title, meaning and text of those that the variant has; without groups that it has none of."""
    groups = {}
    for group, candidates in columns.GALLERY.items():
        table = tables.of_variants([result], {}, candidates)
        if table.columns:
            (row,) = table.rows
            texts = [cell.text + cell.spread for cell in row.cells]
            groups[say(group)] = [
                (column.title, column.hint, text) for column, text in zip(table.columns, texts, strict=True)
            ]
    return groups


def _of_documents(drawn: Iterable[Picture]) -> list[Picture]:
    """The pictures that documents show, once more in English where the report is in another language."""
    if current() == ENGLISH:
        return []
    shown = (picture for picture in drawn if picture.name in documents.PICTURES)
    return [
        replace(picture, name=f"{documents.ENGLISH_PICTURES}/{picture.name}", language=ENGLISH) for picture in shown
    ]


def _environment(embedded: Mapping[str, Embedded]) -> Environment:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters["embedded"] = lambda picture: embedded[picture.name]
    environment.globals["arrow"] = lambda better: {"max": captions.HIGHER, "min": captions.LOWER}.get(better, "")
    environment.globals["scripts"] = SCRIPTS
    environment.globals |= {"say": say, "number": number, "language": current()}
    return environment
