"""The gate's outcome as JSON and as Markdown, on small results that are committed to a repository of their own."""

import json
from pathlib import Path
from typing import Any

import pytest
from repository import run

from hourglass.core import layout, params
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json
from hourglass.pipeline import gate, hashes, staleness
from hourglass.spread import Trained

ROW = {"name": "detectors", "variant": "pca", "metric": "detect.roc_auc", "bound": "min", "threshold": 0.85}
PARAMS = """
seed: 1
threads: 1
data: {name: digits, images: null, normal_class: 0}
train: {epochs: 1}
train_normal: {epochs: 1}
reference_classifier: {epochs: 1}
likelihood: {k: 1}
sweep:
  latent_dims: [2]
  images: 10
  train: {epochs: 1}
  train_normal: {epochs: 1}
  variants: {pca: {module: pca}}
experiments: {}
detect: {false_positive_rate: 0.05, candidates: [pixel]}
mlflow: {margin: 0.005}
report: {language: en}
variants: {pca: {module: pca, latent_dim: 4}}
accept:
  detectors: {variant: all, metric: detect.roc_auc, min: 0.85, tolerance: 0.01}
"""


def write_results(roc_auc: float) -> None:
    passed = roc_auc >= ROW["threshold"]  # type: ignore[operator]
    files = {
        "reports/acceptance.json": {"passed": passed, "criteria": [ROW | {"value": roc_auc, "passed": passed}]},
        "reports/metrics/detect/pca.json": {"roc_auc": roc_auc},
        "reports/summary.json": {"pca": {"roc_auc": roc_auc, "mse": 0.01}},
    }
    for name, content in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(json.dumps(content))


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results with a ROC-AUC of 0.9 on main; nothing is stale."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS)
    write_results(0.9)
    identity = ("-c", "user.name=t", "-c", "user.email=t@t")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], [*identity, "commit", "-qm", "results"]):
        assert run(tmp_path, "git", *command).returncode == 0
    monkeypatch.setattr(staleness, "behind", dict)


def outcome(capsys: pytest.CaptureFixture[str], status: int) -> dict[str, Any]:
    assert gate.main(None, as_json=True) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_json_has_the_whole_outcome(capsys: pytest.CaptureFixture[str]) -> None:
    write_results(0.905)
    found = outcome(capsys, 0)
    assert found["passed"] is True
    assert found["against"] == "main"
    assert found["criteria"] == [ROW | {"value": 0.905, "passed": True}]
    assert (found["stale"], found["worse"], found["problems"]) == ({}, [], [])
    assert found["headlines"]["pca"]["roc_auc"] == {"old": 0.9, "new": 0.905}


def test_json_names_failed_criteria_and_losses(capsys: pytest.CaptureFixture[str]) -> None:
    write_results(0.8)
    found = outcome(capsys, 1)
    assert found["passed"] is False
    (loss,) = found["worse"]
    assert (loss["variant"], loss["metric"], loss["old"], loss["new"]) == ("pca", "detect.roc_auc", 0.9, 0.8)
    assert [problem.split(":")[0] for problem in found["problems"]] == ["criterion failed", "worse than main"]


@pytest.mark.parametrize("change", [("digits", "mnist"), ("normal_class: 0", "normal_class: 1")])
def test_results_of_other_data_are_not_compared(change: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("params.yaml").write_text(PARAMS.replace(*change))
    write_results(0.86)
    found = outcome(capsys, 0)
    assert (found["against"], found["worse"]) == (None, [])
    assert found["headlines"]["pca"]["roc_auc"] == {"old": None, "new": 0.86}


def test_json_names_stale_stages_and_inputs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staleness, "behind", lambda: {"train@pca": ["variants.pca"]})
    monkeypatch.setattr(staleness, "stale", lambda: ["stale: train@pca is behind variants.pca"])
    assert outcome(capsys, 1)["stale"] == {"train@pca": ["variants.pca"]}


def test_summary_marks_what_differs_from_main() -> None:
    write_results(0.905)
    Path("summary.md").write_text("before\n")
    assert gate.main(None, summary=Path("summary.md")) == 0
    text = Path("summary.md").read_text()
    assert text.startswith("before\n## Hourglass: all 1 criteria passed")
    assert "| pca | **0.9 → 0.905** | 0.01 |" in text


def test_summary_names_stale_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staleness, "behind", lambda: {"train@pca": ["variants.pca"]})
    monkeypatch.setattr(staleness, "stale", lambda: ["stale: train@pca is behind variants.pca"])
    assert gate.main(None, summary=Path("summary.md")) == 1
    assert "- stale: train@pca is behind variants.pca\n" in Path("summary.md").read_text()


def test_main_without_headline_metrics_makes_all_of_them_new() -> None:
    commit = ("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "next")
    for command in (
        ["rm", "-q", "--cached", "reports/summary.json"],
        [*commit],
        ["checkout", "-qb", "change"],
        ["add", "reports/summary.json"],
        [*commit],
    ):
        assert run(Path.cwd(), "git", *command).returncode == 0
    assert gate.main(None, summary=Path("summary.md")) == 0
    assert "| pca | **0.9 (new)** | **0.01 (new)** |" in Path("summary.md").read_text()


def test_a_champion_that_is_not_accepted_is_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    complaint = "CHAMPION NOT ACCEPTED: version 2"
    assert gate.main(None, complaint, as_json=True, summary=tmp_path / "gate.md") == 1
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert (found["passed"], found["champion"], found["problems"]) == (False, complaint, [complaint])
    assert complaint in printed.err
    assert complaint in (tmp_path / "gate.md").read_text()


def write_spread() -> None:
    """Three trainings with a standard deviation of 0.01, so a difference of two has 0.014: 0.051 is as they differ.

    The one variant is the usual one too, whose deviation counts as a fifth more.
    """
    digests = params.read(Trained).digests()
    values = {"pca": {"detect.roc_auc": [0.89, 0.90, 0.91]}}
    write_json(layout.SPREAD, {"dataset": "digits", "normal": [0], "settings": digests, "metrics": values})


@pytest.mark.parametrize(("new", "worse"), [(0.86, 0), (0.84, 1)])
def test_a_metric_may_fall_by_what_trainings_differ_by(
    new: float, worse: int, capsys: pytest.CaptureFixture[str]
) -> None:
    write_spread()
    write_results(new)
    assert len(outcome(capsys, worse)["worse"]) == worse


def test_a_fall_of_the_tolerance_fails(capsys: pytest.CaptureFixture[str]) -> None:
    Path("params.yaml").write_text(PARAMS.replace("tolerance: 0.01", "tolerance: 0.03125"))
    for new, status in ((0.9 - 0.03124, 0), (0.9 - 0.03125, 1)):
        write_results(new)
        assert len(outcome(capsys, status)["worse"]) == status


def test_unchanged_results_need_no_tolerance(capsys: pytest.CaptureFixture[str]) -> None:
    Path("params.yaml").write_text(PARAMS.replace("tolerance: 0.01", "tolerance: 0"))
    assert outcome(capsys, 0)["worse"] == []


def met_at(roc_auc: float) -> None:
    write_results(roc_auc)
    for command in (["add", "-A"], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "other"]):
        assert run(Path.cwd(), "git", *command).returncode == 0


def test_a_criterion_missed_by_less_than_trainings_differ_is_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    write_spread()
    met_at(0.86)
    write_results(0.84)
    assert gate.main(None) == 0
    printed = capsys.readouterr()
    note = (
        "criterion missed by no more than trainings differ, since main met it: detectors: pca detect.roc_auc is 0.8400"
    )
    assert printed.err.startswith(note)
    assert printed.out.startswith("1 criteria, 1 of them missed by no more than trainings differ; results are up to")
    assert outcome(capsys, 0)["notes"] == [printed.err.rstrip()]


def test_a_criterion_that_main_missed_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise a metric could fall a little with every commit."""
    write_spread()
    met_at(0.84)
    write_results(0.839)
    found = outcome(capsys, 1)
    assert (found["worse"], found["notes"]) == ([], [])
    assert found["problems"][0].startswith("criterion failed: detectors")


def test_a_stated_tolerance_excuses_no_missed_criterion(capsys: pytest.CaptureFixture[str]) -> None:
    met_at(0.851)
    write_results(0.849)
    found = outcome(capsys, 1)
    assert (found["worse"], found["notes"]) == ([], [])


@pytest.mark.parametrize(
    "content", [[], None, {}, {"criteria": None}, {"criteria": [None]}, {"criteria": [{"name": None}]}, {"criteria": 5}]
)
def test_an_acceptance_file_of_nonsense_is_one_line(content: object) -> None:
    Path("reports/acceptance.json").write_text(json.dumps(content))
    with pytest.raises(HourglassError, match=r"^reports/acceptance\.json holds no criteria; delete it and run"):
        gate.main(None)


def test_a_damaged_result_fails_the_gate(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashes, "damaged", lambda _: ["damaged: models/pca/all.safetensors is not what ..."])
    found = outcome(capsys, 1)
    assert found["damaged"] == found["problems"] == ["damaged: models/pca/all.safetensors is not what ..."]
