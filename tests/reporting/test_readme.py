from pathlib import Path

import pytest

from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json, write_text
from hourglass.reporting import benchmark, readme
from hourglass.reporting.results import BENCHMARK

TEXT = "Before.\n<!-- results -->\nold\n<!-- /results -->\nBetween.\n<!-- benchmark -->\n<!-- /benchmark -->\nAfter.\n"
METHOD = {"ours": True, "t_shirt": [0.9, 0.01], "mean": [0.95, 0.01], "t_shirt_vs_shirt": 0.8}
METHODS = {"deep": {**METHOD, "train_seconds": 2.0, "images_per_second": 10.0}}
MEASURED = {"methods": METHODS, "contamination": {}}


@pytest.fixture(autouse=True)
def reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository with a report, and without a benchmark."""
    monkeypatch.chdir(tmp_path)
    write_text(readme.README, TEXT)
    write_text(readme.RESULTS, "| new |\n")
    for name in readme.PICTURES:
        write_text(Path(f"reports/figures/{name}.png"), name)


def test_the_tables_stand_between_their_marks() -> None:
    write_json(BENCHMARK, MEASURED)
    readme.update()
    written = readme.README.read_text()
    assert written == TEXT.replace("old\n", "| new |\n").replace(
        "<!-- /benchmark -->", f"{benchmark.markdown(MEASURED)}<!-- /benchmark -->"
    )
    readme.update()
    assert readme.README.read_text() == written
    assert Path("docs/images/roc.png").read_text() == "roc"


def test_without_a_benchmark_its_place_stays_as_it_is() -> None:
    readme.update()
    assert readme.README.read_text() == TEXT.replace("old\n", "| new |\n")


def test_lost_marks_are_missed_and_nothing_is_written() -> None:
    write_json(BENCHMARK, MEASURED)
    lost = TEXT.replace("<!-- benchmark -->\n", "")
    write_text(readme.README, lost)
    with pytest.raises(HourglassError, match="no <!-- benchmark -->"):
        readme.update()
    assert readme.README.read_text() == lost


def test_without_a_report_there_is_nothing_to_show() -> None:
    readme.RESULTS.unlink()
    with pytest.raises(HourglassError, match="run `dvc repro` first"):
        readme.update()
