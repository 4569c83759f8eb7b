"""What fails during `hourglass sweep`: a node, a trial, MLflow, or the command itself."""

import random
import re
import signal
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest
from repository import run

from tests.cluster.conftest import AT_LENGTH, WITHOUT_RAY, TwoNodes
from tests.cluster.small_sweep import (
    PROGRAM,
    TRIAL,
    change,
    logged,
    prepared,
    require_finished,
    started,
    wait_for_trials,
)

pytestmark = [WITHOUT_RAY, AT_LENGTH]
# What Ray calls a worker's process while a trial trains there.
TRAINING = "ray::ImplicitFunc.train"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return prepared(tmp_path / "here")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_sweep_goes_on(folder: Path, how: signal.Signals) -> None:
    with started(folder, "--trials", "6") as process:
        wait_for_trials(process, 2)
        process.send_signal(how)
        process.communicate(timeout=100)
    assert process.returncode in (-signal.SIGKILL, 130)
    before = {trial.info.run_id for trial in logged(folder)[1]}
    done = run(folder, *PROGRAM, "--trials", "6")
    assert done.returncode == 0, done.stdout + done.stderr
    again = [int(number) for number in TRIAL.findall(done.stdout)]
    assert again == list(range(again[0], 7))
    assert again[0] >= 3, "none that had ended is repeated"
    assert before <= {trial.info.run_id for trial in logged(folder)[1]}
    require_finished(folder, 6)


def test_a_trial_that_no_node_has_room_for_is_named(folder: Path) -> None:
    change(folder, "threads: 1", "threads: 99")
    done = run(folder, *PROGRAM, "--trials", "2")
    assert done.returncode == 1
    assert re.fullmatch(r"error: no node has what train@small needs: 99 CPU, .*\n", done.stderr)


def test_a_lost_mlflow_is_one_line_and_the_sweep_goes_on_later(folder: Path) -> None:
    """Another process locks the database while trials run."""
    with started(folder, "--trials", "4") as process:
        wait_for_trials(process, 1)
        with closing(sqlite3.connect(folder / "mlflow.db", timeout=60)) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            _, errors = process.communicate(timeout=300)
    assert process.returncode == 1
    assert re.fullmatch(r"error: MLflow at \S+ refused: .*database is locked.*; the same command goes on .*\n", errors)
    done = run(folder, *PROGRAM, "--trials", "4")
    assert done.returncode == 0, done.stderr
    assert "trial 1 " not in done.stdout
    require_finished(folder, 4)


def test_failed_trials_are_counted_and_repeated(folder: Path) -> None:
    """Trials with some settings fail, by an edit of the code that nodes get."""
    file = folder / "src/hourglass/cluster/trial.py"
    code, line = file.read_text(), "    torch.set_num_threads(job.threads)\n"
    assert line in code
    file.write_text(code.replace(line, line + '    assert drawn["latent_dim"] == 2, "out of luck"\n'))
    done = run(folder, "env", f"PYTHONPATH={folder / 'src'}", *PROGRAM, "--trials", "3")
    assert done.returncode == 0, done.stderr
    assert "best of 1 trials: " in done.stdout
    reason = "2 of 3 trials failed, the first because of AssertionError: out of luck; the same command repeats them"
    assert done.stderr == f"{reason}\n"
    assert [trial.info.status for trial in logged(folder)[1]] == ["FINISHED", "FAILED", "FAILED"]
    done = run(folder, *PROGRAM, "--trials", "3")
    assert done.returncode == 0, done.stderr
    assert TRIAL.findall(done.stdout) == ["2", "3"]
    require_finished(folder, 3)


def wait_for_training(raylet: int, process: "subprocess.Popen[str]") -> None:
    """Return when a trial is at work on the raylet's node."""
    while True:
        for worker in psutil.Process(raylet).children():
            with suppress(psutil.Error):  # it has ended meanwhile
                if "".join(worker.cmdline()).startswith(TRAINING):
                    return
        assert process.poll() is None, "the node had no trial"
        time.sleep(0.01)


@pytest.mark.parametrize("seed", range(5))
def test_a_sweep_survives_a_killed_node(folder: Path, own_nodes: TwoNodes, seed: int) -> None:
    change(folder, "train: {epochs: 3, batch_size: 64}", "train: {epochs: 16, batch_size: 4}")
    wait = random.Random(seed)  # noqa: S311
    raylet = own_nodes.nodes[1][1]
    with started(folder, "--trials", "8", "--ray", own_nodes.address) as process:
        wait_for_training(raylet, process)
        time.sleep(wait.uniform(0, 6))
        wait_for_training(raylet, process)
        own_nodes.kill(1)
        printed, errors = process.communicate(timeout=400)
    assert process.returncode == 0, printed + errors
    assert "best of 8 trials" in printed
    assert "Warning" not in errors
    require_finished(folder, 8)


def test_a_closed_standard_output_ends_the_sweep(folder: Path) -> None:
    """As of `hourglass sweep ... | head`."""
    with started(folder, "--trials", "3") as process:
        assert process.stdout
        process.stdout.close()
        assert process.wait(timeout=400) == 1
    assert [trial.info.status for trial in logged(folder)[1]].count("FINISHED") == 1
