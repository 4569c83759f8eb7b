"""A repository whose sweeps end in seconds, and what they leave in MLflow."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mlflow.entities import Run
from mlflow.tracking import MlflowClient
from repository import SMALL, copy_repository, environment, run

# Three epochs, so that a curve has points and ASHA can stop a trial before the last.
PARAMS = (
    SMALL.replace("train: {epochs: 2, batch_size: 64}", "train: {epochs: 3, batch_size: 64}")
    + """variants:
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
)
SPACE = """    latent_dim: {min: 2, max: 8}
    train.learning_rate: {min: 0.002, max: 0.02, log: true}
"""
PROGRAM = ["hourglass", "sweep", "small"]
TRIAL = re.compile(r"^trial (\d+) +validation_mse \S+.*  latent_dim \d, train\.learning_rate 0\.\d+$", re.MULTILINE)


def prepared(folder: Path) -> Path:
    """Make a repository with prepared images: a small network, and scikit-learn's digits."""
    copy_repository(folder)
    (folder / "params.yaml").write_text(PARAMS + SPACE)
    assert run(folder, "dvc", "repro", "-q", "prepare").returncode == 0
    return folder


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
