"""Committed results, rebuilt in a fresh clone where floating point differs: `hourglass repro`, `hourglass check`."""

import json
import subprocess
from pathlib import Path

import pytest
from repository import SMALL, clone, commit, copy_repository, environment, run

from hourglass.core.origin import ENVIRONMENT, origin

PARAMS = (
    SMALL
    + """variants:
  undercomplete: {module: undercomplete, latent_dim: 4, hidden: [32]}
accept:
  detector: {variant: all, metric: detect.roc_auc, min: 0.5, tolerance: 0.01}
  reconstruction: {variant: all, metric: evaluate.reconstruction.mse, max: 1, tolerance: 0.001}
mlflow: {margin: 0.005}
report: {language: en}
"""
)
VECTORS = str(origin(1, "native")["vector_instructions"])
OTHER = dict(ENVIRONMENT["sse"]) | {"MKL_ENABLE_INSTRUCTIONS": "SSE4_2"}
TABLES = ("reports/results.md", "reports/acceptance.json", "reports/summary.json")


def rebuild(folder: Path, limits: dict[str, str]) -> None:
    kept = {name: value for name, value in environment().items() if name not in OTHER}
    command = ["hourglass", "repro"]
    done = subprocess.run(command, cwd=folder, env=kept | limits, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def weights(folder: Path) -> dict[str, bytes]:
    return {file.parent.name: file.read_bytes() for file in sorted((folder / "models").glob("*/all.safetensors"))}


@pytest.mark.skipif("avx2" not in VECTORS, reason="the processor cannot act as another one")
def test_results_rebuilt_elsewhere_pass_the_gate(tmp_path: Path) -> None:
    here = copy_repository(tmp_path / "here")
    (here / "params.yaml").write_text(PARAMS)
    run(here, "git", "checkout", "-qb", "main")
    rebuild(here, {})
    commit(here)
    there = clone(here, tmp_path / "there")
    rebuild(there, OTHER)
    assert weights(here) != weights(there), "metrics of a few images may be the same"
    checked = run(there, "hourglass", "check", "--json")
    assert checked.returncode == 0, checked.stderr
    found = json.loads(checked.stdout)
    assert (found["against"], found["stale"], found["damaged"]) == ("origin/main", {}, [])
    committed = [run(there, "git", "show", f"HEAD:{table}").stdout for table in TABLES]
    assert committed == [(here / table).read_text() for table in TABLES], "as tests of the tables read them"
    assert run(there, "dvc", "status", "--quiet").returncode == 0, "for a plain dvc too"
