"""`hourglass sweep`, for real: a small network on scikit-learn's digits, Ray on loopback."""

import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient
from repository import copy_repository, environment, run

from hourglass.cluster.sweep import STATE
from tests.cluster.conftest import AT_LENGTH, WITHOUT_RAY, TwoNodes

pytestmark = [WITHOUT_RAY, AT_LENGTH]

PARAMS = """seed: 3
threads: 1
data: {name: digits, folder: null, images: null, normal_class: 0}
train: {epochs: 3, batch_size: 64}
train_normal: {epochs: 3, batch_size: 32}
reference_classifier: {epochs: 1, batch_size: 64}
likelihood: {k: 2}
sweep:
  latent_dims: [2]
  images: 200
  train: {epochs: 1}
  train_normal: {epochs: 1}
  variants: {pca: {module: pca}}
experiments: {}
detect: {false_positive_rate: 0.1, candidates: [pixel], scorers: [pixel]}
variants:
  small:
    module: undercomplete
    latent_dim: 2   # too few
    hidden: [32]
accept:
  detector: {variant: all, metric: detect.roc_auc, min: 0.5, tolerance: 0.01}
mlflow: {margin: 0.005}
report: {language: en}
search:
  small:
"""
SPACE = """    latent_dim: {min: 2, max: 8}
    train.learning_rate: {min: 0.002, max: 0.02, log: true}
"""
PROGRAM = ["hourglass", "sweep", "small"]
TRIAL = re.compile(r"^trial (\d+) +validation_mse \S+.*  latent_dim \d, train\.learning_rate 0\.\d+$", re.MULTILINE)
# What Ray calls a worker's process while a trial trains there.
TRAINING = "ray::ImplicitFunc.train"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with prepared images."""
    copy_repository(tmp_path / "here")
    (tmp_path / "here/params.yaml").write_text(PARAMS + SPACE)
    assert run(tmp_path / "here", "dvc", "repro", "-q", "prepare").returncode == 0
    return tmp_path / "here"


def change(folder: Path, before: str, after: str) -> None:
    """Replace text in params.yaml."""
    text = (folder / "params.yaml").read_text()
    assert before in text
    (folder / "params.yaml").write_text(text.replace(before, after))


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_trials(process: "subprocess.Popen[str]", number: int) -> None:
    """Return when the line of trial `number` is printed."""
    assert process.stdout
    assert next((line for line in process.stdout if line.startswith(f"trial {number} ")), None)


def logged(folder: Path) -> tuple[Run, Sequence[Run]]:
    """The parent and its trials, of the only sweep."""
    client = database(folder)
    experiment = client.get_experiment_by_name("hourglass-digits-0-sweeps")
    assert experiment
    parent, *trials = client.search_runs([experiment.experiment_id], order_by=["start_time ASC"])
    assert {trial.data.tags["mlflow.parentRunId"] for trial in trials} == {parent.info.run_id}
    return parent, trials


def database(folder: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")


def curve(folder: Path, trial: Run) -> list[int]:
    """Epochs that the trial's curve has."""
    return [point.step for point in database(folder).get_metric_history(trial.info.run_id, "validation_mse")]


def require_finished(folder: Path, number: int) -> None:
    """Assert that each of so many trials has one run, that ended well, with a curve from epoch 1 on."""
    parent, trials = logged(folder)
    assert {trial.info.status for trial in (parent, *trials)} == {"FINISHED"}
    assert len(trials) == number
    for trial in trials:
        assert (steps := curve(folder, trial)) == list(range(1, len(steps) + 1))
        assert steps


def test_the_best_settings_are_shown_and_applied(folder: Path) -> None:
    done = run(folder, *PROGRAM, "--trials", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(TRIAL.findall(done.stdout)) == 3
    assert re.search(
        r"^-    latent_dim: 2   # too few\n\+    latent_dim: [3-8]   # too few$", done.stdout, re.MULTILINE
    )
    assert "nothing is changed; --apply writes it into params.yaml" in done.stdout
    assert (folder / "params.yaml").read_text() == PARAMS + SPACE

    require_finished(folder, 3)
    parent, trials = logged(folder)
    assert trials[0].data.params["latent_dim"] == "2", "present settings come first, if all are in their ranges"
    values = [trial.data.metrics["validation_mse"] for trial in trials if len(curve(folder, trial)) == 3]
    assert parent.data.metrics["best_validation_mse"] == min(values)

    applied = run(folder, *PROGRAM, "--trials", "3", "--apply")
    assert applied.returncode == 0, applied.stderr
    assert not TRIAL.search(applied.stdout), "none is repeated"
    assert re.search(r"^    latent_dim: [3-8]   # too few$", (folder / "params.yaml").read_text(), re.MULTILINE)


def test_a_sweep_goes_on_after_apply_and_with_more_trials(folder: Path) -> None:
    assert run(folder, *PROGRAM, "--trials", "3", "--apply").returncode == 0
    again = run(folder, *PROGRAM, "--trials", "3")
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("best of 3 trials: "), again.stdout
    assert again.stdout.endswith("\nparams.yaml has these settings already\n")
    more = run(folder, *PROGRAM, "--trials", "5")
    assert more.returncode == 0, more.stderr
    assert TRIAL.findall(more.stdout) == ["4", "5"]
    assert "best of 5 trials: " in more.stdout
    require_finished(folder, 5)
    settings = [tuple(sorted(trial.data.params.items())) for trial in logged(folder)[1]]
    assert len({*settings}) == 5, "no settings are tried twice"


def test_another_sweep_with_equal_settings_has_its_own_runs(folder: Path) -> None:
    """As that of another machine, with the same MLflow."""
    for _ in range(2):
        assert run(folder, *PROGRAM, "--trials", "1").returncode == 0
        shutil.rmtree(folder / STATE)
    client = database(folder)
    runs = client.search_runs([experiment.experiment_id for experiment in client.search_experiments()])
    parents = [each.data.tags.get("mlflow.parentRunId") for each in runs]
    assert parents.count(None) == 2
    assert len({*parents}) == 3


def test_trials_that_fall_behind_are_stopped(folder: Path) -> None:
    change(folder, SPACE, "    train.learning_rate: {values: [0.01, 1.0e-9, 1.0e-8, 1.0e-7]}\n")
    change(folder, "hidden: [32]", "hidden: [32]\n    train: {learning_rate: 0.01}")
    done = run(folder, *PROGRAM, "--trials", "6")
    assert done.returncode == 0, done.stderr
    assert "with train.learning_rate 0.01\n" in done.stdout
    require_finished(folder, 6)
    trained = {trial.data.params["train.learning_rate"]: len(curve(folder, trial)) for trial in logged(folder)[1]}
    assert trained.pop("0.01") == 3
    assert 1 in trained.values(), "at least one was stopped after its first epoch"
    assert re.search(r"^trial \d +validation_mse \S+  stopped after epoch 1  ", done.stdout, re.MULTILINE)


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
    change(folder, "train: {epochs: 3, batch_size: 64}", "train: {epochs: 8, batch_size: 4}")
    wait = random.Random(seed)  # noqa: S311
    raylet = own_nodes.nodes[1][1]
    with started(folder, "--trials", "8", "--ray", own_nodes.address) as process:
        wait_for_training(raylet, process)
        time.sleep(wait.uniform(0, 10))
        wait_for_training(raylet, process)
        own_nodes.kill(1)
        printed, errors = process.communicate(timeout=400)
    assert process.returncode == 0, printed + errors
    assert "best of 8 trials" in printed
    assert "Warning" not in errors
    require_finished(folder, 8)
