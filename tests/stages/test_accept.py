from pathlib import Path
from typing import Any

import pytest

from hourglass.core import layout
from hourglass.core.files import read_json, write_json
from hourglass.stages import accept

METRICS = {"vae": (0.02, 0.9), "pca": (0.03, 0.8)}


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Metrics of two variants."""
    monkeypatch.chdir(tmp_path)
    for name, (mse, roc_auc) in METRICS.items():
        write_json(layout.metrics("evaluate", name), {"reconstruction": {"mse": mse}})
        write_json(layout.metrics("detect", name), {"roc_auc": roc_auc})


def run(**criteria: dict[str, Any]) -> dict[str, Any]:
    variants = {name: {"module": name} for name in METRICS}
    rows = {name: {"tolerance": 0.01, **criterion} for name, criterion in criteria.items()}
    write_json(Path("params.yaml"), {"accept": rows, "variants": variants})
    accept.main()
    found: dict[str, Any] = read_json(layout.ACCEPTANCE)
    return found


@pytest.mark.usefixtures("written")
def test_all_criteria_met_means_passed(capsys: pytest.CaptureFixture[str]) -> None:
    found = run(detects={"variant": "all", "metric": "detect.roc_auc", "min": 0.8})
    assert found["passed"] is True
    assert {(row["variant"], row["value"], row["passed"]) for row in found["criteria"]} == {
        ("vae", 0.9, True),
        ("pca", 0.8, True),
    }
    assert capsys.readouterr().out.count("passed  ") == 2


@pytest.mark.usefixtures("written")
def test_one_failed_criterion_means_not_passed(capsys: pytest.CaptureFixture[str]) -> None:
    found = run(
        detects={"variant": "all", "metric": "detect.roc_auc", "min": 0.7},
        rebuilds={"variant": "all", "except": ["vae"], "metric": "evaluate.reconstruction.mse", "max": 0.025},
    )
    assert found["passed"] is False
    assert [row["variant"] for row in found["criteria"] if not row["passed"]] == ["pca"]
    assert "FAILED" in capsys.readouterr().out
