"""What fails during `hourglass repro --ray`: a node, a stage, the remote. Two nodes on loopback, stages are stubs."""

import random
import re
import subprocess
import time
from pathlib import Path

import pytest
from repository import commit, environment, run
from ruamel.yaml import YAML

from tests.cluster.conftest import AT_LENGTH, WITHOUT_RAY, TwoNodes, repro

pytestmark = [WITHOUT_RAY, AT_LENGTH]

LAST_LINE = "\nmain(*sys.argv[1:])\n"


def stages(folder: Path) -> set[str]:
    """Stages that dvc.lock has; none before it is written."""
    lock = folder / "dvc.lock"
    return set(YAML(typ="safe").load(lock.read_text())["stages"]) if lock.exists() else set()


def before_each_stage(folder: Path, *lines: str) -> None:
    """Let stages do something before they write."""
    stub = folder / "src/hourglass/core/stage.py"
    text = stub.read_text()
    assert text.endswith(LAST_LINE)
    stub.write_text(text.removesuffix(LAST_LINE) + "\n" + "\n".join(lines) + LAST_LINE)
    commit(folder)


def start(folder: Path, nodes: TwoNodes) -> "subprocess.Popen[str]":
    command = ["hourglass", "repro", "--ray", nodes.address]
    return subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_killed_node_costs_its_stage_only(own_nodes: TwoNodes, folder: Path, tmp_path: Path, seed: int) -> None:
    before_each_stage(folder, f"open({str(tmp_path / 'ran')!r}, 'a').write(sys.argv[1] + '\\n')", "time.sleep(2)")
    wait = random.Random(seed)  # noqa: S311
    with start(folder, own_nodes) as process:
        while "prepare" not in stages(folder):  # as long as one node has all the work, the other one is idle
            assert process.poll() is None
            time.sleep(0.1)
        time.sleep(wait.uniform(0, 10))
        own_nodes.kill_at_work(1)
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


def test_a_lost_remote_is_one_line_and_the_rebuild_goes_on_later(
    two_nodes: TwoNodes, folder: Path, tmp_path: Path
) -> None:
    """The remote is replaced by a file while stages run."""
    before_each_stage(folder, "time.sleep(1)")
    with start(folder, two_nodes) as process:
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


def test_ctrl_c_ends_the_stages_on_the_nodes(two_nodes: TwoNodes, folder: Path) -> None:
    before_each_stage(folder, "if sys.argv[1] == 'prepare': time.sleep(600)")
    with start(folder, two_nodes) as process:
        deadline = time.monotonic() + 120
        while not (two_nodes.is_busy(0) or two_nodes.is_busy(1)):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(2)
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert two_nodes.kept == []
    assert "prepare" not in stages(folder)
