"""The search of a sweep, on a cluster: Optuna draws settings, and Ray Tune trains a network with each.

ASHA stops trials that fall behind others after as many epochs.
"""

import logging
import math
import sys
import tempfile
import time
import warnings
from typing import Any

import optuna
import ray
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from ray import tune
from ray.tune.schedulers import ASHAScheduler
from ray.tune.search.optuna import OptunaSearch

from hourglass.cluster import nodes, resources, trial
from hourglass.cluster.connection import RETRIES
from hourglass.cluster.settings import Space
from hourglass.cluster.sweep_record import Record
from hourglass.cluster.trial import EPOCH, OBJECTIVE, Job
from hourglass.cluster.trial_runs import Stopped, TrialRuns, stopping
from hourglass.core.errors import HourglassError
from hourglass.core.params import Common
from hourglass.data.imageset import ImageSet, open_splits
from hourglass.pipeline.schema import Params


def search(job: Job, trials: int, record: Record, settings: Params) -> None:
    """Run trials until `trials` have ended; print a line if some failed.

    Raises:
        HourglassError: no node has room for a trial, or one has other packages; MLflow or the disk refused.
        KeyboardInterrupt: the trials that ended are kept.
    """
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)  # a line below says what failed
    stage = f"train@{job.variant}"
    room = Room(stage, settings)
    room.require()
    nodes.require_alike(settings)
    log = TrialRuns(settings.mlflow.names(settings.data).experiment, record, job)
    left = trials - len(record.ended)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        tuner = _tuner(job, left, record, resources.of(stage, settings), folder, [room, log])
        try:
            results = tuner.fit()
            if len(record.ended) + results.num_errors < trials:  # Tune itself returns what it has
                log.end("KILLED")
                raise KeyboardInterrupt
            log.end("FAILED" if results.num_errors else "FINISHED")
        except Stopped as stopped:
            raise HourglassError(str(stopped)) from stopped
    if results.errors:
        reason = str(results.errors[0]).strip().splitlines()[-1]
        failed = f"{results.num_errors} of {trials} trials failed, the first because of {reason}"
        print(f"{failed}; the same command repeats them", file=sys.stderr)


def _tuner(
    job: Job, trials: int, record: Record, need: resources.Resources, folder: str, callbacks: list[tune.Callback]
) -> tune.Tuner:
    train, validation = (_in_memory(part) for part in open_splits("train", "validation"))
    return tune.Tuner(
        tune.with_resources(
            tune.with_parameters(trial.run, job=job, train=train, validation=validation),
            {"cpu": need.cpus, "memory": need.memory, "gpu": need.gpus},
        ),
        tune_config=tune.TuneConfig(
            metric=OBJECTIVE,
            mode="min",
            num_samples=trials,
            search_alg=proposals(job, record),
            scheduler=ASHAScheduler(time_attr=EPOCH, max_t=job.most_epochs, grace_period=1),
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            storage_path=folder,
            failure_config=tune.FailureConfig(max_failures=RETRIES),
            callbacks=callbacks,
            verbose=0,
        ),
    )


class Room(tune.Callback):  # type: ignore[misc]  # mypy does not look into Ray
    """Ends a sweep once no node is left that has what a trial needs; Tune would wait for another one."""

    def __init__(self, stage: str, settings: Common) -> None:
        """Look for what `stage` needs."""
        self.stage, self.settings, self.checked = stage, settings, 0.0

    def require(self) -> None:
        """Return if a node has it."""
        self.checked = time.monotonic()
        resources.require_room([self.stage], self.settings, ray.nodes())

    @stopping()
    def on_step_begin(self, *_: Any, **__: Any) -> None:
        """Look again, each 10 seconds."""
        if time.monotonic() > self.checked + resources.CHECK_SECONDS:
            self.require()


def _in_memory(images: ImageSet) -> ImageSet:
    return ImageSet(images[:], images.labels, images.classes, fit=images.fit)


def proposals(job: Job, record: Record) -> OptunaSearch:
    """Optuna's search, which knows the trials that ended and first repeats those that did not.

    Then it tries the present settings, if none of them had these: what is best is then no worse.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.filterwarnings("ignore", "The reported value is ignored", UserWarning)  # of a trial that starts again
    first = [record.trials[number].drawn for number in record.waiting]
    present = job.present()
    if present and job.chosen(present) not in [job.chosen(tried.drawn) for tried in record.trials]:
        first.append(present)
    proposing = OptunaSearch(
        {path: _distribution(space) for path, space in job.space.items()},
        metric=OBJECTIVE,
        mode="min",
        points_to_evaluate=first,
        seed=job.seed + len(record.trials),  # else it would draw the same again
    )
    for ended in record.ended:
        proposing.add_evaluated_point(ended.drawn, math.inf if ended.objective is None else ended.objective)
    return proposing


def _distribution(space: Space) -> BaseDistribution:
    """A range or list as Optuna states it."""
    if space.values is not None:
        return CategoricalDistribution([space.encode(value) for value in space.values])
    low, high = space.ends()
    return (IntDistribution if space.is_whole else FloatDistribution)(low, high, log=space.log)
