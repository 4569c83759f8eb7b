"""The GitHub workflow: what it promises, and that its commands exist."""

import os
import re
import subprocess
from pathlib import Path
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
    assert named == {"setup", "test", "cluster", "team"}
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


def test_comment_is_found_by_its_own_marker(workflow: dict[str, Any], tmp_path: Path) -> None:
    """Not the last comment of the same user, which another job may have written."""
    script = commands(workflow["jobs"]["comment"])
    calls = tmp_path / "calls"
    gh = tmp_path / "gh"
    gh.write_text(f'#!/bin/sh\necho "$*" >> {calls}\n[ "$2" = --paginate ] && echo $OWN\nexit 0\n')
    gh.chmod(0o755)
    for own, expected in (
        ("7", "--method PATCH repos/o/r/issues/comments/7"),
        ("", "--method POST repos/o/r/issues/3/"),
    ):
        calls.write_text("")
        (tmp_path / "gate.md").write_text("outcome\n")
        variables = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "GH_REPO": "o/r", "NUMBER": "3", "OWN": own}
        subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=variables, check=True)
        listed, written = calls.read_text().splitlines()
        assert "hourglass gate" in listed
        assert expected in written
        assert (tmp_path / "gate.md").read_text() == "outcome\n\n<!-- hourglass gate -->\n"


def test_report_is_an_artifact_and_goes_to_pages_from_main(workflow: dict[str, Any]) -> None:
    report, pages = workflow["jobs"]["report"], workflow["jobs"]["pages"]
    assert "actions/upload-artifact" in actions(report)
    assert "dvc pull reports/index.html" in commands(report)
    assert pages["if"] == "github.ref == 'refs/heads/main'"
    assert {"gate", "report"} <= set(pages["needs"])
    assert actions(pages) == ["actions/deploy-pages"]
