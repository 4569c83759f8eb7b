"""Trials in MLflow: a run each, under one parent run per sweep, with the objective after each epoch."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mlflow.exceptions import MlflowException
from ray import tune

from hourglass.cluster.settings import shown
from hourglass.cluster.sweep_record import Record
from hourglass.cluster.trial import COMPLETE, EPOCH, OBJECTIVE, Job
from hourglass.core.errors import HourglassError
from hourglass.tracking import store

# Tags that find the runs again when a sweep goes on. MLflow nests runs by the last one.
SWEEP, TRIAL, PARENT = "hourglass.sweep", "hourglass.sweep_trial", "mlflow.parentRunId"
# In place of a trial's number: the parent.
ALL = "all"


class Stopped(BaseException):
    """The sweep cannot go on, for a reason that the message explains.

    It is no Exception: Tune would count that as the trial's failure, and train again.
    """


@contextmanager
def stopping() -> Iterator[None]:
    """Raise `Stopped` where MLflow, the disk or standard output refuses meanwhile."""
    try:
        yield
    except MlflowException as error:
        raise Stopped(f"{store.refusal(error)}; the same command goes on with the sweep") from error
    except (HourglassError, OSError) as error:
        raise Stopped(str(error)) from error


class TrialRuns(tune.Callback):  # type: ignore[misc]  # mypy does not look into Ray
    """Logs trials from the process that directs them: nodes need no MLflow, and a lost node loses nothing."""

    def __init__(self, experiment: str, record: Record, job: Job) -> None:
        """Log into the experiment `experiment`-sweeps, and into `record`."""
        self.experiment, self.record, self.job = f"{experiment}-sweeps", record, job
        self.numbers: dict[str, int] = {}  # of Tune's trials
        self.points: dict[str, int] = {}  # of each run's curve

    @stopping()
    def setup(self, *_: Any, **__: Any) -> None:
        """Connect; find the runs of a sweep that was interrupted, or make the parent."""
        self.client, self.id = store.connect(self.experiment)
        runs = self.client.search_runs([self.id], f"tags.`{SWEEP}` = '{self.record.id}'", max_results=5000)
        self.runs = {run.data.tags[TRIAL]: run.info.run_id for run in runs}
        if ALL not in self.runs:
            self._create(ALL, {})
        self.client.update_run(self.runs[ALL], "RUNNING")

    @stopping()
    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **_: Any) -> None:
        """Make the trial's run, or go on with it if the trial starts again."""
        if trial.trial_id not in self.numbers:
            self.numbers[trial.trial_id] = self.record.start(trial.config)
        name = _name(self.numbers[trial.trial_id])
        run = self.runs.get(name) or self._create(name, {PARENT: self.runs[ALL]})
        for path, value in self.job.chosen(trial.config).items():  # MLflow takes the same value twice
            self.client.log_param(run, path, value if isinstance(value, str) else json.dumps(value))
        self.client.update_run(run, "RUNNING")
        self.points[trial.trial_id] = len(self.client.get_metric_history(run, OBJECTIVE))

    @stopping()
    def on_trial_result(self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **_: Any) -> None:
        """Add a point to the trial's curve, unless it has that epoch: what a trial repeats is the same."""
        if math.isfinite(result[OBJECTIVE]) and result[EPOCH] > self.points[trial.trial_id]:
            run = self.runs[_name(self.numbers[trial.trial_id])]
            self.client.log_metric(run, OBJECTIVE, result[OBJECTIVE], step=result[EPOCH])

    @stopping()
    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **_: Any) -> None:
        """End the trial's run, record how it ended, and print a line; in this order, so that no run stays open."""
        result, settings = trial.last_result, shown(self.job.chosen(trial.config))
        objective, epochs, complete = result[OBJECTIVE], result[EPOCH], result[COMPLETE]
        diverged = not math.isfinite(objective)
        number = self.numbers[trial.trial_id]
        self.client.set_terminated(self.runs[_name(number)])
        self.record.end(number, epochs, None if diverged else objective, complete=complete)
        how = "" if complete else "  diverged" if diverged else f"  stopped after epoch {epochs}"
        print(f"trial {len(self.record.ended):<4} {OBJECTIVE} {objective:.6g}{how}  {settings}", flush=True)

    @stopping()
    def end(self, status: str) -> None:
        """End the parent with the best objective, and the runs of trials that did not end."""
        if best := self.record.best:
            self.client.log_metric(self.runs[ALL], f"best_{OBJECTIVE}", best[0])
        for number in self.numbers.values():
            if not self.record.trials[number].epochs:
                self.client.set_terminated(self.runs[_name(number)], status)
        self.client.set_terminated(self.runs[ALL], status)

    def _create(self, name: str, tags: dict[str, str]) -> str:
        title = f"sweep of {self.job.variant}" if name == ALL else f"{self.job.variant} {name}"
        tags = tags | {SWEEP: self.record.id, TRIAL: name}
        self.runs[name] = self.client.create_run(self.id, tags=tags, run_name=title).info.run_id
        return self.runs[name]


def _name(number: int) -> str:
    """A trial's number in MLflow, from 1."""
    return str(number + 1)
