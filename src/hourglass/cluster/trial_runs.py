"""Trials in MLflow: a run each, under one parent run per sweep, with the objective after each epoch."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mlflow.exceptions import MlflowException
from ray import tune

from hourglass.cluster.settings import shown
from hourglass.cluster.trial import COMPLETE, EPOCH, OBJECTIVE, Job
from hourglass.core.errors import HourglassError
from hourglass.tracking import store

# Tags that find the runs again when a sweep goes on. MLflow nests runs by the last one.
SWEEP, TRIAL, PARENT = "hourglass.sweep", "hourglass.sweep_trial", "mlflow.parentRunId"


@contextmanager
def answered() -> Iterator[None]:
    """Raise one line where MLflow refuses meanwhile."""
    try:
        yield
    except MlflowException as error:
        raise HourglassError(store.refusal(error)) from error


class TrialRuns(tune.Callback):  # type: ignore[misc]  # mypy does not look into Ray
    """Logs trials from the process that directs them: nodes need no MLflow, and a lost node loses nothing."""

    def __init__(self, experiment: str, sweep: str, job: Job) -> None:
        """Log into the experiment `experiment`-sweeps; `sweep` tells this sweep from others."""
        self.experiment, self.sweep, self.job = f"{experiment}-sweeps", sweep, job

    def setup(self, *_: Any, **__: Any) -> None:
        """Connect; find the runs of a sweep that was interrupted, or make the parent."""
        self.client, self.id = store.connect(self.experiment)
        found = self.client.search_runs([self.id], f"tags.`{SWEEP}` = '{self.sweep}'", max_results=5000)
        self.runs = {run.data.tags.get(TRIAL, ""): run.info.run_id for run in found}
        self.ended = {run.data.tags.get(TRIAL) for run in found if run.info.status == "FINISHED"} - {None}
        if "" not in self.runs:
            self.runs[""] = self._create(f"sweep of {self.job.variant}", {})
        self.client.update_run(self.runs[""], "RUNNING")

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **_: Any) -> None:
        """Make the trial's run."""
        if trial.trial_id not in self.runs:
            tags = {TRIAL: trial.trial_id, PARENT: self.runs[""]}
            run = self.runs[trial.trial_id] = self._create(f"{self.job.variant} {len(self.runs)}", tags)
            for path, value in self.job.chosen(trial.config).items():
                self.client.log_param(run, path, value if isinstance(value, str) else json.dumps(value))

    def on_trial_result(self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **_: Any) -> None:
        """Add a point to the trial's curve."""
        if math.isfinite(result[OBJECTIVE]):
            self.client.log_metric(self.runs[trial.trial_id], OBJECTIVE, result[OBJECTIVE], step=result[EPOCH])

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **_: Any) -> None:
        """End the trial's run, and print a line."""
        result = trial.last_result
        self.ended.add(trial.trial_id)
        how = "" if result[COMPLETE] else f" after {result[EPOCH]} epochs"
        self.client.set_terminated(self.runs[trial.trial_id])
        settings = shown(self.job.chosen(trial.config))
        print(f"trial {len(self.ended):<4} {OBJECTIVE} {result[OBJECTIVE]:.6g}{how}  {settings}", flush=True)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **_: Any) -> None:
        """End the run of a trial that failed, if its node was not lost before it had one; it may start again."""
        if run := self.runs.get(trial.trial_id):
            self.client.set_terminated(run, "FAILED")

    def on_experiment_end(self, trials: list[Any], **_: Any) -> None:
        """End the parent, with the best objective."""
        values = [trial.last_result[OBJECTIVE] for trial in trials if trial.last_result.get(COMPLETE)]
        if values:
            self.client.log_metric(self.runs[""], f"best_{OBJECTIVE}", min(values))
        self.client.set_terminated(self.runs[""])

    def _create(self, name: str, tags: dict[str, str]) -> str:
        return str(self.client.create_run(self.id, tags=tags | {SWEEP: self.sweep}, run_name=name).info.run_id)
