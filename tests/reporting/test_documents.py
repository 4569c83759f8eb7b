import re
import subprocess
from pathlib import Path

import pytest

from hourglass.claims import ledger
from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json, write_text
from hourglass.reporting import documents
from hourglass.reporting.documents import LECTURES, PICTURES, README, RESULTS, SPANISH_README
from tests.reporting.reports import BENCHMARK


def test_committed_documents_show_committed_results(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As committed, since results that were rebuilt elsewhere are no fault of the code."""
    if not (root / ".git").exists():
        pytest.skip("not a git repository")
    paths = (README, SPANISH_README, RESULTS, LECTURES, ledger.FILE, layout.RESULTS_TABLE, layout.BENCHMARK)
    archive = subprocess.run(["git", "archive", "HEAD", *paths], cwd=root, capture_output=True, check=True)
    subprocess.run(["tar", "-x"], cwd=tmp_path, input=archive.stdout, check=True)
    monkeypatch.chdir(tmp_path)
    for document, text in documents.filled_documents().items():
        assert document.read_text(encoding="utf-8") == text, f"{document} is behind the results; run `make readme`"


MARKS = ("summary", "results", "claims", "detectors")
SPANISH = "summary_es"
TOURS = ("one", "two")
MADE = "".join(f"<!-- {mark} -->\n| {mark} |\n<!-- /{mark} -->\n" for mark in (*MARKS, SPANISH, *TOURS))


def marked(*marks: str) -> str:
    return "".join(f"Before.\n<!-- {mark} -->\nold\n<!-- /{mark} -->\nAfter.\n" for mark in marks)


@pytest.fixture
def reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository with a report, and without a benchmark."""
    monkeypatch.chdir(tmp_path)
    write_text(README, marked("results"))
    write_text(SPANISH_README, marked("results"))
    write_text(RESULTS, marked("results", "claims", "detectors", "benchmark"))
    write_text(LECTURES, marked(*TOURS))
    write_json(ledger.FILE, {"lectures": dict.fromkeys(TOURS, "A lecture"), "claims": []})
    write_text(layout.RESULTS_TABLE, MADE)
    for name in PICTURES:
        write_text(layout.FIGURES / f"{name}.png", name)


def test_every_lecture_of_the_ledger_has_its_tour(root: Path) -> None:
    text = (root / LECTURES).read_text(encoding="utf-8")
    assert re.findall(r"<!-- (\w+) -->", text) == list(ledger.read(root / ledger.FILE).lectures)


@pytest.mark.usefixtures("reported")
def test_tables_stand_between_their_marks() -> None:
    write_json(layout.BENCHMARK, BENCHMARK)
    documents.update()
    assert README.read_text() == marked("results").replace("old", "| summary |")
    assert SPANISH_README.read_text() == marked("results").replace("old", f"| {SPANISH} |")
    first, _, last = RESULTS.read_text().partition("<!-- benchmark -->\n")
    expected = "".join(marked(mark).replace("old", f"| {mark} |") for mark in MARKS[1:])
    assert first == expected + "Before.\n"
    assert last.startswith("| method | T-shirt | ten-class mean |")
    assert Path("docs/images/roc.png").read_text() == "roc"
    written = RESULTS.read_text()
    documents.update()
    assert RESULTS.read_text() == written


@pytest.mark.usefixtures("reported")
def test_pictures_of_documents_are_english() -> None:
    write_text(layout.FIGURES / documents.ENGLISH_PICTURES / "roc.png", "English")
    documents.update()
    assert Path("docs/images/roc.png").read_text() == "English"
    assert Path("docs/images/overview.png").read_text() == "overview"


@pytest.mark.usefixtures("reported")
def test_without_a_benchmark_its_table_stays() -> None:
    documents.update()
    assert RESULTS.read_text().endswith(marked("benchmark"))


@pytest.mark.usefixtures("reported")
def test_lost_marks_are_an_error_and_nothing_is_written() -> None:
    write_text(RESULTS, marked("results", "claims", "benchmark"))
    with pytest.raises(HourglassError, match=r"docs/results.md has no <!-- detectors -->"):
        documents.update()
    assert README.read_text() == marked("results")


@pytest.mark.usefixtures("reported")
def test_missing_report_is_an_error() -> None:
    layout.RESULTS_TABLE.unlink()
    with pytest.raises(HourglassError, match="run `dvc repro` first"):
        documents.update()
