"""Tables of results in both READMEs, docs/results.md and docs/lectures.md, which `hourglass readme` fills.

Marks are `<!-- name -->` and `<!-- /name -->`. The stage `report` writes the tables of the pipeline to
reports/results.md, between marks as well, and the documents copy them from there.
"""

import re
import shutil
from pathlib import Path

from hourglass.claims import ledger
from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_bytes, read_json, write_text
from hourglass.reporting import benchmark, markdown, tables

README, SPANISH_README = Path("README.md"), Path("README.es.md")
RESULTS = Path("docs/results.md")
LECTURES = Path("docs/lectures.md")
IMAGES = Path("docs/images")
PICTURES = ("overview", "roc", "benchmark")
# Where they are in English, in the folder of figures, if the report is in another language.
ENGLISH_PICTURES = "english"
# Document -> its marks, and the marks of reports/results.md whose tables they get. Marks of LECTURES are its lectures.
TABLES = {
    README: {"results": "summary"},
    SPANISH_README: {"results": "summary_es"},
    RESULTS: {mark: mark for mark in ("results", "claims", "detectors")},
}


def update() -> None:
    """Fill the tables of all documents, and copy their pictures to docs/images/.

    Raises:
        HourglassError: there is no report yet, or a document has lost its marks.
    """
    pictures = [_picture(name) for name in PICTURES]
    for file in (layout.RESULTS_TABLE, *pictures):
        if not file.exists():
            raise HourglassError(f"{file} is missing; run `dvc repro` first")
    for document, text in filled_documents().items():
        write_text(document, text)
    IMAGES.mkdir(parents=True, exist_ok=True)
    for file in pictures:
        shutil.copyfile(file, IMAGES / file.name)


def _picture(name: str) -> Path:
    english = layout.FIGURES / ENGLISH_PICTURES / f"{name}.png"
    return english if english.exists() else layout.FIGURES / f"{name}.png"


def filled_documents() -> dict[Path, str]:
    """Each document with the tables of the last run; the benchmark's only if it was run.

    Raises:
        HourglassError: there is no report yet, or a document has lost its marks.
        SettingsError: the ledger is wrong.
    """
    tours = {lecture: lecture for lecture in ledger.read().lectures}
    results = read_bytes(layout.RESULTS_TABLE).decode()
    texts = {}
    for document, marks in (TABLES | {LECTURES: tours}).items():
        texts[document] = read_bytes(document).decode()
        for mark, source in marks.items():
            texts[document] = filled(document, texts[document], mark, between(layout.RESULTS_TABLE, results, source))
    if layout.BENCHMARK.exists():
        measured = benchmark.parse(read_json(layout.BENCHMARK))
        table = markdown.of_table(tables.of_benchmark(measured, measured.ranked()))
        texts[RESULTS] = filled(RESULTS, texts[RESULTS], "benchmark", table)
    return texts


def filled(document: Path, text: str, mark: str, table: str) -> str:
    """`text`, the content of `document`, with `table` between its marks.

    Raises:
        HourglassError: there are no such marks.
    """
    between(document, text, mark)
    return _marks(mark).sub(lambda marks: marks[1] + table + marks[3], text)


def between(document: Path, text: str, mark: str) -> str:
    """What stands between the marks in `text`, the content of `document`.

    Raises:
        HourglassError: there are no such marks.
    """
    marks = _marks(mark).search(text)
    if not marks:
        raise HourglassError(f"{document} has no <!-- {mark} --> ... <!-- /{mark} --> block")
    return marks[2]


def block(mark: str, table: str) -> str:
    """`table` between marks."""
    return f"<!-- {mark} -->\n{table}<!-- /{mark} -->\n"


def _marks(mark: str) -> re.Pattern[str]:
    """The marks, as groups 1 and 3, and what stands between them, as group 2."""
    return re.compile(rf"(<!-- {mark} -->\n)(.*?)(<!-- /{mark} -->)", re.DOTALL)
