"""What `hourglass repro --dry` says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hourglass.core import layout
from hourglass.core.files import write_json
from hourglass.pipeline import dvc, forecast, graph, leftovers, validate

GRAPH = {
    "prepare": set[str](),
    "train@a": {"prepare"},
    "train@b": {"prepare"},
    "evaluate@a": {"train@a"},
    "accept": {"evaluate@a", "train@b"},
}
SETTINGS: Any = None  # what reads it is replaced


@pytest.fixture(autouse=True)
def pipeline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder where `train@a` ran before, in 50 seconds, and a graph of five stages."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(graph, "read", lambda pipeline: GRAPH)
    monkeypatch.setattr(leftovers, "find", lambda settings: {})
    monkeypatch.setattr(validate, "models", lambda settings: None)
    write_json(layout.timing("train@a"), {"seconds": 50.0})


def shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], status: Mapping[str, Any], jobs: int = 1
) -> list[str]:
    monkeypatch.setattr(dvc, "ask", lambda *arguments: json.dumps(status))
    forecast.show(SETTINGS, jobs, "dvc.yaml")
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_nothing_to_run_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(monkeypatch, capsys, {}) == ["nothing would run: every result is up to date"]


def test_changed_input_and_what_follows_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = {"train@a": [{"changed deps": {"params.yaml": {"variants.a": "modified"}}}, "changed command"]}
    assert shown(monkeypatch, capsys, status) == [
        "train@a 50 s command, variants.a",
        "evaluate@a ? if the outputs of train@a change",
        "accept ? if the outputs of evaluate@a change",
        "3 stages would run, in about 50 s with 1 at a time; 2 of unknown time. "
        "Outputs that DVC's cache has are restored instead, in seconds.",
    ]


def test_lost_output_is_a_reason(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status = {"train@b": [{"changed outs": {"models/b": "deleted"}}]}
    assert shown(monkeypatch, capsys, status)[0] == "train@b 50 s models/b is missing", "as long as others of its kind"


def test_changed_folder_of_images_is_a_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Though params.yaml does not say so before a rebuild has begun."""
    monkeypatch.setattr(graph, "read", lambda pipeline: GRAPH | {"download": set(), "prepare": {"download"}})
    monkeypatch.setattr(dvc, "ask", lambda *arguments: "{}")
    forecast.show(SETTINGS, 1, "dvc.yaml", folder_changed=True)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "download ? the folder of images"
    assert lines[-1].startswith("6 stages would run")


def test_stages_of_a_new_recipe_never_ran(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    deps = {"data/prepared": "modified", "models/a": "deleted", "params.yaml": "new"}
    status = {"evaluate@a": [{"changed deps": deps}, {"changed outs": {"reports/a": "deleted"}}]}
    assert shown(monkeypatch, capsys, status)[0] == "evaluate@a ? never ran"


def test_time_is_that_of_the_jobs_or_of_the_longest_chain(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_json(layout.timing("evaluate@a"), {"seconds": 30.0})
    status = {stage: ["changed command"] for stage in ("train@a", "train@b", "evaluate@a", "accept")}
    assert "in about 80 s with 2 at a time" in shown(monkeypatch, capsys, status, jobs=2)[-1]
    assert "in about 2 min with 1 at a time" in shown(monkeypatch, capsys, status)[-1]


def test_removal_of_leftovers_is_announced(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(leftovers, "find", lambda settings: {"wide": [Path("a"), Path("b")]})
    lines = shown(monkeypatch, capsys, {})
    assert lines[0] == "would remove what earlier settings left of wide: 2 files"
