import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json, write_text
from hourglass.reporting import documents
from hourglass.reporting.documents import PICTURES, README, RESULTS, SUMMARY_ROWS, results_text, summary
from tests.reporting.reports import BENCHMARK, VARIANTS, common, result


def test_committed_documents_show_committed_results(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As committed, since results that were rebuilt elsewhere are no fault of the code."""
    if not (root / ".git").exists():
        pytest.skip("not a git repository")
    paths = (README, RESULTS, layout.RESULTS_TABLE, layout.BENCHMARK)
    archive = subprocess.run(["git", "archive", "HEAD", *paths], cwd=root, capture_output=True, check=True)
    subprocess.run(["tar", "-x"], cwd=tmp_path, input=archive.stdout, check=True)
    monkeypatch.chdir(tmp_path)
    for document, text in documents.filled_documents().items():
        assert document.read_text(encoding="utf-8") == text, f"{document} is behind the results; run `make readme`"


MARKS = ("summary", "results", "claims", "detectors")
TABLES = "".join(f"<!-- {mark} -->\n| {mark} |\n<!-- /{mark} -->\n" for mark in MARKS)


def marked(*marks: str) -> str:
    return "".join(f"Before.\n<!-- {mark} -->\nold\n<!-- /{mark} -->\nAfter.\n" for mark in marks)


@pytest.fixture
def reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository with a report, and without a benchmark."""
    monkeypatch.chdir(tmp_path)
    write_text(README, marked("results"))
    write_text(RESULTS, marked("results", "claims", "detectors", "benchmark"))
    write_text(layout.RESULTS_TABLE, TABLES)
    for name in PICTURES:
        write_text(layout.FIGURES / f"{name}.png", name)


@pytest.mark.usefixtures("reported")
def test_tables_stand_between_their_marks() -> None:
    write_json(layout.BENCHMARK, BENCHMARK)
    documents.update()
    assert README.read_text() == marked("results").replace("old", "| summary |")
    first, _, last = RESULTS.read_text().partition("<!-- benchmark -->\n")
    expected = "".join(marked(mark).replace("old", f"| {mark} |") for mark in MARKS[1:])
    assert first == expected + "Before.\n"
    assert last.startswith("| method | T-shirt | ten-class mean |")
    assert Path("docs/images/roc.png").read_text() == "roc"
    written = RESULTS.read_text()
    documents.update()
    assert RESULTS.read_text() == written


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


def modules(*names: str) -> Mapping[str, Mapping[str, object]]:
    return {variant.name: {"module": module} for variant, module in zip(VARIANTS, names, strict=True)}


def test_summary_has_the_first_variant_of_each_module() -> None:
    shown = summary(VARIANTS, modules("dense", "masked", "dense", "codes", "masked"))
    assert [variant.name for variant in shown] == ["plain", "restores", "counts"]


def test_summary_keeps_the_best_detectors_if_there_are_too_many() -> None:
    many = [result(f"v{number}", roc_auc=0.9 - number / 100) for number in range(16)]
    shown = summary(many[::-1], {variant.name: {"module": variant.name} for variant in many})
    assert [variant.name for variant in shown] == [f"v{number}" for number in range(13, -1, -1)]


def test_readme_table_is_small() -> None:
    text = results_text(VARIANTS, common(), modules("a", "b", "c", "d", "e"))
    lines = documents.between(layout.RESULTS_TABLE, text, "summary").splitlines()
    assert lines[0] == "| variant | latent dims | MSE | kNN | Fréchet | ROC-AUC |"
    assert lines[-1] == "| mean image; raw pixels for kNN |  | 0.1000 | 0.750 |  | 0.800 |"
    assert len(lines) - 2 == len(VARIANTS) + 1 <= SUMMARY_ROWS
    assert lines[2] == "| plain | 3 | **0.0100** | **0.800** |  | **0.900** [0.890, 0.910] |"


def test_results_tables_have_every_variant_and_the_controls() -> None:
    text = results_text(VARIANTS, common(), modules("a", "b", "c", "d", "e"))
    for mark, controls in (("results", ["mean image", "raw pixels"]), ("detectors", ["mean image"])):
        lines = documents.between(layout.RESULTS_TABLE, text, mark).splitlines()[2:]
        assert [line.split(" | ")[0] for line in lines] == [f"| {name}" for name in names() + controls]


def names() -> list[str]:
    return [variant.name for variant in VARIANTS]
