"""`hourglass repro --ray`, for real: two nodes on loopback, stages that are stubs, and a remote that is a folder."""

import hashlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from repository import commit, environment, run
from ruamel.yaml import YAML

from tests.cluster.conftest import WITHOUT_RAY, TwoNodes, stub_repository

pytestmark = WITHOUT_RAY

PARAMS = """seed: 1
threads: 1
instruction_set: native
device: cpu
data: {name: digits, folder: null, images: null, normal_class: 0}
train: {epochs: 8}
train_normal: {epochs: 20}
reference_classifier: {epochs: 2}
likelihood: {k: 5}
sweep:
  latent_dims: [2]
  images: 100
  train: {epochs: 1}
  train_normal: {epochs: 1}
  variants: {pca: {module: pca}}
experiments: {}
detect: {false_positive_rate: 0.05, candidates: [pixel], scorers: [pixel]}
variants:
  pca: {module: pca, latent_dim: 4}
  vae: {module: vae, latent_dim: 4, hidden: [32]}
accept:
  floor: {variant: pca, metric: detect.roc_auc, min: 0.85, tolerance: 0.01}
mlflow: {margin: 0.005}
"""
RESULTS = ("data/prepared", "models", "reports")
# Differ from run to run.
OTHER = ("reports/logs", "reports/timings")
LAST_LINE = "\nmain(*sys.argv[1:])\n"


def repro(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return run(folder, "hourglass", "repro", *options)


def digests(folder: Path) -> dict[str, str]:
    files = [file for part in RESULTS for file in sorted((folder / part).rglob("*")) if file.is_file()]
    names = [str(file.relative_to(folder)) for file in files]
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names if not name.startswith(OTHER)
    }


def stages(folder: Path) -> dict[str, object]:
    """Entries of dvc.lock; none before it is written."""
    lock = folder / "dvc.lock"
    found: dict[str, object] = YAML(typ="safe").load(lock.read_text())["stages"] if lock.exists() else {}
    return found


def before_each_stage(folder: Path, *lines: str) -> None:
    """Let stages do something before they write."""
    stub = folder / "src/hourglass/core/stage.py"
    text = stub.read_text()
    assert text.endswith(LAST_LINE)
    stub.write_text(text.removesuffix(LAST_LINE) + "\n" + "\n".join(lines) + LAST_LINE)
    commit(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return stub_repository(tmp_path / "here", PARAMS, tmp_path / "store")


def test_results_are_those_of_a_local_rebuild(two_nodes: TwoNodes, folder: Path, tmp_path: Path) -> None:
    local = tmp_path / "local"
    shutil.copytree(folder, local, symlinks=True)
    assert repro(local).returncode == 0
    done = repro(folder, "--ray", two_nodes.address)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every result is up to date" in done.stdout
    assert digests(folder) == digests(local)
    assert stages(folder) == stages(local)
    assert run(folder, "dvc", "status", "--quiet").returncode == 0, "for a plain dvc too"
    assert not list((two_nodes.work / f"hourglass-{os.getuid()}").glob("*")), "nodes keep nothing"


def test_only_what_changed_runs_again(two_nodes: TwoNodes, folder: Path) -> None:
    assert repro(folder, "--ray", two_nodes.address).returncode == 0
    (folder / "params.yaml").write_text(PARAMS.replace("hidden: [32]", "hidden: [16]"))
    refused = repro(folder, "--ray", two_nodes.address)
    assert refused.returncode == 1
    assert refused.stderr.endswith("and params.yaml is not; commit it, or rebuild here, without --ray\n")
    commit(folder)
    for data in ("data/prepared", "models/vae"):
        shutil.rmtree(folder / data)  # on the remote all the same
    done = repro(folder, "--ray", two_nodes.address)
    assert done.returncode == 0, done.stdout + done.stderr
    ran = set(re.findall(r"^done +(\S+)", done.stdout, re.MULTILINE))
    assert ran == {
        *("train@vae", "train_normal@vae", "evaluate@vae", "detect@vae"),
        *("claims", "live", "accept", "report", "publish"),
    }
    assert run(folder, "dvc", "status", "--quiet").returncode == 0


def test_a_killed_node_costs_its_stage_only(two_nodes: TwoNodes, folder: Path, tmp_path: Path) -> None:
    before_each_stage(folder, f"open({str(tmp_path / 'ran')!r}, 'a').write(sys.argv[1] + '\\n')", "time.sleep(3)")
    command = ["hourglass", "repro", "--ray", two_nodes.address]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        two_nodes.kill(1)
        printed, errors = process.communicate(timeout=600)
    assert process.returncode == 0, printed + errors
    assert run(folder, "dvc", "status", "--quiet").returncode == 0
    ran = (tmp_path / "ran").read_text().split()
    assert len(ran) - len(stages(folder)) <= 1, "one stage ran twice at most"


def test_a_stage_that_fails_is_named_and_not_repeated(two_nodes: TwoNodes, folder: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    failing = (
        "if sys.argv[1] == 'train':",
        f"    open({str(ran)!r}, 'a').write(sys.argv[2] + '\\n')",
        "    sys.exit('error: out of luck')",
    )
    before_each_stage(folder, *failing)
    done = repro(folder, "--ray", two_nodes.address)
    assert done.returncode == 1
    assert re.search(r"^error: stage train@(pca|vae) failed:\n(.*\n)*error: out of luck\n", done.stderr, re.MULTILINE)
    started = ran.read_text().split()
    assert len(started) == len(set(started))


def test_a_remote_that_refuses_is_one_line(two_nodes: TwoNodes, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("no folder")
    done = repro(folder, "--ray", two_nodes.address)
    assert done.returncode == 1
    assert re.fullmatch(r"error: the DVC remote: .* failed: .*Not a directory.*; finished stages .*\n", done.stderr)


def test_a_lost_remote_is_one_line_and_the_rebuild_goes_on_later(
    two_nodes: TwoNodes, folder: Path, tmp_path: Path
) -> None:
    """The remote is replaced by a file while stages run."""
    before_each_stage(folder, "time.sleep(1)")
    command = ["hourglass", "repro", "--ray", two_nodes.address]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 240
        while "train@pca" not in stages(folder):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.1)
        (tmp_path / "store").rename(tmp_path / "moved")
        (tmp_path / "store").write_text("no folder")
        _, errors = process.communicate(timeout=240)
    assert process.returncode == 1
    last = errors.splitlines()[-1]
    assert re.fullmatch(r"error: the DVC remote: .* of stage \S+ failed: .*; finished stages stay finished.*", last)
    (tmp_path / "store").unlink()
    (tmp_path / "moved").rename(tmp_path / "store")
    done = repro(folder, "--ray", two_nodes.address)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not re.search(r"^done +train@pca ", done.stdout, re.MULTILINE)
