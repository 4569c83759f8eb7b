"""What a rebuild says at its end."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json
from hourglass.pipeline import ending
from hourglass.pipeline.acceptance import Row

GOOD = Row("floor", "pca", "detect.roc_auc", 0.91, "min", 0.85, True)
BAD = Row("likelihood", "vae", "evaluate.likelihood.iwae_nats", 240.0, "max", 235.0, False)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")


def shown(capsys: pytest.CaptureFixture[str], *rows: Row, took: dict[str, float] | None = None) -> list[str]:
    write_json(layout.ACCEPTANCE, {"passed": False, "criteria": [asdict(row) for row in rows]})
    ending.show(took or {})
    return capsys.readouterr().out.splitlines()


def test_passed_criteria_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, GOOD, replace(GOOD, variant="vae"), replace(GOOD, name="defects"))
    assert lines == [
        "criteria passed: floor (2 variants), defects",
        "open reports/index.html for the report, or run `hourglass ui` to compare runs in MLflow",
    ]


def test_failed_criteria_stand_last_under_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, BAD, GOOD)
    assert "criteria passed: floor" in lines
    assert lines[-3].strip("=") == " 1 of 2 criteria FAILED "
    assert len(lines[-3]) == 120
    assert lines[-2] == f"FAILED  {BAD}"
    assert lines[-1] == "results are complete; `hourglass check` says whether these fail it"


def test_no_criterion_is_called_passed_if_all_failed(capsys: pytest.CaptureFixture[str]) -> None:
    assert not [line for line in shown(capsys, BAD) if "passed" in line]


def test_longest_stages_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    took = {f"train@{name}": seconds for name, seconds in zip("abcdef", (1.0, 300.0, 3.0, 4.0, 50.0, 6.0), strict=True)}
    longest = shown(capsys, GOOD, took=took)[0]
    assert longest == "longest: train@b 5 min, train@e 50 s, train@f 6 s, train@d 4 s, train@c 3 s"


@pytest.mark.parametrize("content", [[], None, {"criteria": None}])
def test_an_acceptance_file_of_nonsense_is_one_line(content: object) -> None:
    write_json(layout.ACCEPTANCE, content)
    with pytest.raises(HourglassError, match="holds no criteria; delete it"):
        ending.show({})
