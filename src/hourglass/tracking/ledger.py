"""The runs of an experiment that hold results of ours: which are whole, which are left over."""

import hashlib
import os
import platform
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from mlflow.entities import LoggedModel, Run
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from hourglass.tracking import artifacts, logged_model, runs
from hourglass.tracking.contents import Contents
from hourglass.tracking.dataset import Dataset
from hourglass.tracking.tags import ACCEPTED, KEY, MACHINE, TRIAL, WRITTEN, truth

# A run that another machine began this long ago, and did not finish, is abandoned.
SECONDS_TO_FINISH = 3600
# MLflow answers with 50,000 at most.
RUNS_PER_PAGE = 5000


@dataclass
class Ledger:
    """An experiment's runs.

    whole: key -> the finished run that holds these results, all of it. spare: finished runs of the same keys that lost
    files, or repeat a whole one. earlier: finished runs of other keys. abandoned: half-written runs.
    """

    whole: dict[str, Run] = field(default_factory=dict)
    spare: list[Run] = field(default_factory=list)
    earlier: list[Run] = field(default_factory=list)
    abandoned: list[Run] = field(default_factory=list)


def read(client: MlflowClient, experiment: str, keys: Collection[str], trial: str | None = None) -> Ledger:
    """Sort the runs that carry a key; those that another machine is writing are left out.

    Args:
        keys: of the results on disk. Only their runs are searched for lost files; of equal ones the first is taken.
        trial: the DVC experiment whose runs are meant, if any; finished runs of others are left out.
    """
    ledger = Ledger()
    for run in sorted(_keyed(client, experiment), key=lambda run: run.data.tags.get(WRITTEN, "")):
        key = run.data.tags[KEY]
        if run.info.status != "FINISHED":
            ledger.abandoned += [run] if _abandoned(run) else []
        elif run.data.tags.get(TRIAL) != trial:
            continue
        elif key not in keys:
            ledger.earlier.append(run)
        elif key in ledger.whole or not _is_whole(client, run):
            ledger.spare.append(run)
        else:
            ledger.whole[key] = run
    return ledger


def add(
    client: MlflowClient,
    experiment: str,
    content: Contents,
    datasets: Sequence[Dataset],
    model: str,
    tags: dict[str, str],
    name: str,
) -> Run:
    """Log one variant's run with its model; it is finished, and so counts, only when all of it is there.

    Args:
        model: name of the registered model. tags: of the run, with its key. name: of the run.
    """
    own = {ACCEPTED: truth(content.accepted), MACHINE: _machine(), WRITTEN: str(int(time.time()))}
    run = runs.log(client, experiment, content, tags | own, name, datasets)
    logged = logged_model.log(client, experiment, content, run, datasets, model, {KEY: tags[KEY]})
    _note_files(client, run, logged)
    runs.finish(client, run, content)
    return client.get_run(run)


def model_of(client: MlflowClient, run: Run) -> str | None:
    """Id of the run's logged model, or None if it or any of its files is lost."""
    return next((model.model_id for model in _models(client, run) if _is_whole_model(client, model)), None)


def remove(client: MlflowClient, run: Run) -> None:
    """Remove a run with its models."""
    for model in _models(client, run):
        client.delete_logged_model(model.model_id)
    client.delete_run(run.info.run_id)


def _keyed(client: MlflowClient, experiment: str) -> Iterator[Run]:
    """All runs that carry a key, however many."""
    token = None
    while True:
        page = client.search_runs([experiment], f"tags.`{KEY}` != ''", max_results=RUNS_PER_PAGE, page_token=token)
        yield from page
        if not (token := page.token):
            return


def _models(client: MlflowClient, run: Run) -> list[LoggedModel]:
    return list(client.search_logged_models([run.info.experiment_id], f"source_run_id = '{run.info.run_id}'"))


def _note_files(client: MlflowClient, run: str, logged: str) -> None:
    """Note on a run and on its logged model which files they have."""
    location = str(client.get_run(run).info.artifact_uri)
    for name, value in artifacts.tags(partial(client.list_artifacts, run), location).items():
        client.set_tag(run, name, value)
    model = client.get_logged_model(logged)
    client.set_logged_model_tags(
        logged, artifacts.tags(partial(client.list_logged_model_artifacts, logged), model.artifact_location)
    )


def _is_whole(client: MlflowClient, run: Run) -> bool:
    """Whether the run's artifacts and its model's files are those that were logged."""
    listing = partial(client.list_artifacts, run.info.run_id)
    whole = bool(listing("weights")) and artifacts.unaltered(listing, str(run.info.artifact_uri), run.data.tags)
    return whole and model_of(client, run) is not None


def _is_whole_model(client: MlflowClient, model: LoggedModel) -> bool:
    listing = partial(client.list_logged_model_artifacts, model.model_id)
    try:
        return bool(listing()) and artifacts.unaltered(listing, model.artifact_location, model.tags)
    except (MlflowException, OSError):
        return False


def _abandoned(run: Run) -> bool:
    """Whether nobody writes the run any more: on this machine we hold the lock; elsewhere, its age decides."""
    written = float(run.data.tags.get(WRITTEN, 0))
    return run.data.tags.get(MACHINE) in (None, _machine()) or time.time() - written > SECONDS_TO_FINISH


def _machine() -> str:
    return hashlib.sha256(f"{platform.node()} {os.getuid()}".encode()).hexdigest()[:16]
