"""The results in git: they pass, they belong to this code and these parameters, and the README shows them."""

import re

from repository import ROOT, run


def test_the_gate_passes() -> None:
    gate = run(ROOT, "hourglass", "check")
    assert gate.returncode == 0, gate.stderr


def test_the_readme_shows_the_results_table() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- results -->\n(.*?)<!-- /results -->", readme, re.DOTALL)
    assert shown
    assert shown[1] == (ROOT / "reports/results.md").read_text(encoding="utf-8")


def test_the_lock_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    for line in lock.splitlines():
        if re.match(r"[a-zA-Z0-9]", line):
            assert "==" in line
            assert line.endswith("\\"), f"{line} has no hash"
