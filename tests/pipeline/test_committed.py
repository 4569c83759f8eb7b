"""The results in git: they pass, they belong to this code and these parameters, and the README shows them."""

import re

from repository import ROOT, run

from hourglass.core.files import read_json
from hourglass.reporting import benchmark
from hourglass.reporting.results import BENCHMARK


def test_the_gate_passes() -> None:
    gate = run(ROOT, "hourglass", "check")
    assert gate.returncode == 0, gate.stderr


def shown(name: str) -> str:
    """What stands between two marks of the README."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", readme, re.DOTALL)
    assert block
    return block[1]


def test_the_readme_shows_the_results_table() -> None:
    assert shown("results") == (ROOT / "reports/results.md").read_text(encoding="utf-8")


def test_the_readme_shows_the_benchmark_s_table() -> None:
    assert shown("benchmark") == benchmark.markdown(read_json(ROOT / BENCHMARK))


def test_the_lock_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    for line in lock.splitlines():
        if re.match(r"[a-zA-Z0-9]", line):
            assert "==" in line
            assert line.endswith("\\"), f"{line} has no hash"
