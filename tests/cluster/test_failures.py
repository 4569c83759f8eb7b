"""What fails during `hourglass repro --ray`: a node, a stage, the remote. Two nodes on loopback, stages are stubs."""

import random
import re
import subprocess
import time
from pathlib import Path

import pytest
from repository import environment, run
from ruamel.yaml import YAML

from tests.cluster.conftest import (
    AT_LENGTH,
    PARAMS,
    PIPELINE,
    WITHOUT_RAY,
    TwoNodes,
    before_each_stage,
    note_each_stage,
    repro,
    started,
    stub_repository,
)
from tests.faults.conftest import disk
from tests.faults.test_full_disk import FULL, PAGE, fill

__all__ = ["disk"]

pytestmark = [WITHOUT_RAY, AT_LENGTH]

# Less than a network needs.
LITTLE_MEMORY = 1_200_000_000


def stages(folder: Path) -> set[str]:
    """Stages that dvc.lock has; none before it is written."""
    lock = folder / "dvc.lock"
    return set(YAML(typ="safe").load(lock.read_text())["stages"]) if lock.exists() else set()


def wait_for(folder: Path, process: "subprocess.Popen[str]", stage: str) -> None:
    """Return once dvc.lock has `stage`."""
    deadline = time.monotonic() + 240
    while stage not in stages(folder):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.1)


def wait_until_busy(nodes: TwoNodes) -> None:
    """Return once a stage is at work on a node."""
    deadline = time.monotonic() + 120
    while not (nodes.is_busy(0) or nodes.is_busy(1)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def start(folder: Path, nodes: TwoNodes) -> "subprocess.Popen[str]":
    command = ["hourglass", "repro", "--ray", nodes.address]
    return subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_killed_node_costs_its_stage_only(own_nodes: TwoNodes, folder: Path, tmp_path: Path, seed: int) -> None:
    note_each_stage(folder, tmp_path / "ran")
    before_each_stage(folder, "time.sleep(2)")
    wait = random.Random(seed)  # noqa: S311
    with start(folder, own_nodes) as process:
        wait_for(folder, process, "prepare")  # as long as one node has all the work, the other one is idle
        time.sleep(wait.uniform(0, 10))
        own_nodes.kill_at_work(1)
        printed, errors = process.communicate(timeout=600)
    assert process.returncode == 0, printed + errors
    assert run(folder, "dvc", "status", "--quiet").returncode == 0
    ran = (tmp_path / "ran").read_text().splitlines()
    assert len(ran) - len(stages(folder)) <= 1, "one stage ran twice at most"
    assert len([line for line in ran if line.startswith(f"{folder} ")]) == 2, "download and publish ran here, no other"


def test_a_stage_that_fits_on_a_lost_node_only_is_named(folder: Path, tmp_path: Path) -> None:
    before_each_stage(folder, "if sys.argv[1] == 'train': time.sleep(600)")
    (tmp_path / "nodes").mkdir()
    with started(tmp_path / "nodes", LITTLE_MEMORY) as nodes, start(folder, nodes) as process:
        wait_for(folder, process, "prepare")
        nodes.kill_at_work(1)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert re.search(
        r"^error: no node has what train@\w+ needs: 1 CPU, 1\.5 GB of memory; add one, .*\n\Z", errors, re.M
    )


def test_two_repositories_rebuild_on_the_same_nodes(two_nodes: TwoNodes, folder: Path, tmp_path: Path) -> None:
    """The first to end removes its own clones only."""
    slow = stub_repository(tmp_path / "slow", tmp_path / "other", PIPELINE)
    before_each_stage(slow, "time.sleep(8)")
    with start(slow, two_nodes) as process:
        wait_for(slow, process, "prepare")
        wait_until_busy(two_nodes)
        assert repro(folder, "--ray", two_nodes.address).returncode == 0
        assert process.poll() is None, "the slow one ends last"
        printed, errors = process.communicate(timeout=240)
    assert process.returncode == 0, printed + errors
    assert two_nodes.kept == []


def test_what_was_edited_meanwhile_is_named_and_not_run_here(two_nodes: TwoNodes, folder: Path, tmp_path: Path) -> None:
    note_each_stage(folder, tmp_path / "ran")
    before_each_stage(folder, "time.sleep(2)")
    with start(folder, two_nodes) as process:
        wait_for(folder, process, "train@vae")
        (folder / "params.yaml").write_text(PARAMS.replace("hidden: [32]", "hidden: [16]"))
        _, errors = process.communicate(timeout=240)
    assert process.returncode == 1
    assert errors.endswith(
        "error: out of date after the rebuild: train@vae; if what they read was edited meanwhile, commit it and run "
        "this again\n"
    )
    ran = (tmp_path / "ran").read_text().splitlines()
    assert [line for line in ran if line.startswith(f"{folder} ")] == [f"{folder} download"]


def test_a_full_remote_is_one_line(two_nodes: TwoNodes, tmp_path: Path, disk: Path) -> None:
    folder = stub_repository(tmp_path / "here", disk / "store", PIPELINE)
    fill(disk, leaving=3 * PAGE)
    done = repro(folder, "--ray", two_nodes.address)
    assert done.returncode == 1
    assert re.fullmatch(rf"error: the DVC remote: sending .* failed: .*{FULL}.*; finished stages .*\n", done.stderr)


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
        wait_for(folder, process, "train@pca")
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
        wait_until_busy(two_nodes)
        time.sleep(2)
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert two_nodes.kept == []
    assert "prepare" not in stages(folder)
