"""`hourglass sweep`, for real: a small network on scikit-learn's digits, Ray on loopback."""

import re
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient
from repository import copy_repository, environment, run

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
    latent_dim: {min: 2, max: 8}
    train.learning_rate: {min: 0.002, max: 0.02, log: true}
"""
PROGRAM = ["hourglass", "sweep", "small"]
TRIAL = re.compile(r"^trial (\d+) +validation_mse \S+.*  latent_dim \d, train\.learning_rate 0\.\d+$", re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with prepared images."""
    copy_repository(tmp_path / "here")
    (tmp_path / "here/params.yaml").write_text(PARAMS)
    assert run(tmp_path / "here", "dvc", "repro", "-q", "prepare").returncode == 0
    return tmp_path / "here"


def logged(folder: Path) -> Sequence[Run]:
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("hourglass-digits-0-sweeps")
    assert experiment
    return client.search_runs([experiment.experiment_id], order_by=["start_time ASC"])


def test_the_best_settings_are_shown_and_applied(folder: Path) -> None:
    done = run(folder, *PROGRAM, "--trials", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(TRIAL.findall(done.stdout)) == 3
    assert re.search(
        r"^-    latent_dim: 2   # too few\n\+    latent_dim: [3-8]   # too few$", done.stdout, re.MULTILINE
    )
    assert "nothing is changed; --apply writes it into params.yaml" in done.stdout
    assert (folder / "params.yaml").read_text() == PARAMS

    parent, *trials = logged(folder)
    assert len(trials) == 3
    assert {trial.data.tags["mlflow.parentRunId"] for trial in trials} == {parent.info.run_id}
    assert {trial.info.status for trial in (parent, *trials)} == {"FINISHED"}
    assert trials[0].data.params["latent_dim"] == "2", "present settings come first, if all are in their ranges"
    values = [trial.data.metrics["validation_mse"] for trial in trials]
    assert parent.data.metrics["best_validation_mse"] == min(values)

    applied = run(folder, *PROGRAM, "--trials", "3", "--apply")
    assert applied.returncode == 0, applied.stderr
    assert "trial " not in applied.stdout.partition("best of 3 trials")[0], "none is repeated"
    assert re.search(r"^    latent_dim: [3-8]   # too few$", (folder / "params.yaml").read_text(), re.MULTILINE)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_sweep_goes_on(folder: Path, how: signal.Signals) -> None:
    command = [*PROGRAM, "--trials", "6"]
    with subprocess.Popen(
        command, cwd=folder, env=environment() | {"TUNE_GLOBAL_CHECKPOINT_S": "0"}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        lines = (line for line in process.stdout if line.startswith("trial "))
        next(lines)
        next(lines)
        process.send_signal(how)
    assert process.returncode in (-signal.SIGKILL, 130)
    before = {trial.info.run_id for trial in logged(folder)}
    done = run(folder, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    again = [int(number) for number in TRIAL.findall(done.stdout)]
    assert again[-1] == 6
    assert len(again) <= 5, "of those that had ended, the last at most is repeated: its state may not be saved yet"
    after = logged(folder)
    assert before <= {trial.info.run_id for trial in after}
    assert len(after) == 1 + 6


def test_a_sweep_survives_a_killed_node(folder: Path, own_nodes: TwoNodes) -> None:
    command = [*PROGRAM, "--trials", "6", "--ray", own_nodes.address]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        first = next(line for line in process.stdout if line.startswith("trial "))
        own_nodes.kill(1)
        printed, errors = process.communicate(timeout=400)
    assert process.returncode == 0, first + printed + errors
    assert "best of 6 trials" in printed
