"""The GitHub workflow: what it promises, and that its commands exist."""

import re
from typing import Any

import pytest
from repository import ROOT, run
from ruamel.yaml import YAML

WORKFLOW = ROOT / ".github/workflows/ci.yml"


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(WORKFLOW.read_text())
    return found


def commands(job: dict[str, Any]) -> str:
    return "\n".join(step.get("run", "") for step in job["steps"])


def actions(job: dict[str, Any]) -> list[str]:
    return [step["uses"].split("@")[0] for step in job["steps"] if "uses" in step]


def test_make_targets_of_the_workflow_exist(workflow: dict[str, Any]) -> None:
    named = {name for job in workflow["jobs"].values() for name in re.findall(r"make ([a-z-]+)", commands(job))}
    assert named == {"setup", "test"}
    defined = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named <= defined


def test_gate_compares_with_the_whole_history(workflow: dict[str, Any]) -> None:
    gate = workflow["jobs"]["gate"]
    checkout = next(step for step in gate["steps"] if step.get("uses", "").startswith("actions/checkout"))
    assert checkout["with"]["fetch-depth"] == 0
    assert "hourglass check --json --summary gate.md" in commands(gate)
    assert "gate.md" in commands(gate).split("GITHUB_STEP_SUMMARY")[0].splitlines()[-1]


def test_gate_options_of_the_workflow_exist() -> None:
    shown = run(ROOT, "hourglass", "check", "--help").stdout
    assert "--json" in shown
    assert "--summary FILE" in shown


def test_only_the_comment_job_may_write_and_it_runs_no_code(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    writers = {name for name, job in workflow["jobs"].items() if "write" in job.get("permissions", {}).values()}
    assert writers == {"comment", "pages"}
    for name in writers:
        assert "actions/checkout" not in actions(workflow["jobs"][name])
    assert "gh pr comment" in commands(workflow["jobs"]["comment"])


def test_report_is_an_artifact_and_goes_to_pages_from_main(workflow: dict[str, Any]) -> None:
    report, pages = workflow["jobs"]["report"], workflow["jobs"]["pages"]
    assert "actions/upload-artifact" in actions(report)
    assert "dvc pull reports/index.html" in commands(report)
    assert pages["if"] == "github.ref == 'refs/heads/main'"
    assert {"gate", "report"} <= set(pages["needs"])
    assert actions(pages) == ["actions/deploy-pages"]
