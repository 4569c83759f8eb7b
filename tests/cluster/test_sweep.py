"""`hourglass sweep`, for real: a small network on scikit-learn's digits, Ray on loopback."""

import re
import shutil
from pathlib import Path

import pytest
from repository import run

from hourglass.cluster.sweep import STATE
from tests.cluster.conftest import AT_LENGTH, WITHOUT_RAY
from tests.cluster.small_sweep import (
    PARAMS,
    PROGRAM,
    SPACE,
    TRIAL,
    change,
    curve,
    database,
    logged,
    prepared,
    require_finished,
)

pytestmark = [WITHOUT_RAY, AT_LENGTH]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return prepared(tmp_path / "here")


def test_the_best_settings_are_shown_and_applied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))
    done = run(folder, *PROGRAM, "--trials", "3")
    assert not (folder.parent / ".ray").exists(), "a token there would count for all later clusters"
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
