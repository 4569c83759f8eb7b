"""DVC experiments in MLflow: runs apart from those of the results that stand, and no version of a registered model."""

from collections.abc import Sequence

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from hourglass.core.errors import HourglassError
from hourglass.tracking import lease, ledger, views
from hourglass.tracking.contents import Contents
from hourglass.tracking.dataset import Dataset
from hourglass.tracking.lock import exclusive
from hourglass.tracking.settings import Names
from hourglass.tracking.store import connect, refusal
from hourglass.tracking.tags import CURRENT, KEY, TRIAL, truth


def log(trial: str, contents: Sequence[Contents], datasets: Sequence[Dataset], names: Names) -> None:
    """Log the runs of the DVC experiment called `trial`.

    Variants that the experiment left as they are have a run among the current ones, and get no other.

    Raises:
        HourglassError: the tracking server does not answer, or stopped answering on the way; or another machine may
            write there by now.
    """
    with exclusive():
        try:
            client, experiment = connect(names.trials)
            with lease.held(client, experiment) as writer:
                _log(writer, experiment, trial, contents, datasets, names)
        except (MlflowException, OSError) as error:
            raise HourglassError(refusal(error)) from error


def _log(
    client: MlflowClient,
    experiment: str,
    trial: str,
    contents: Sequence[Contents],
    datasets: Sequence[Dataset],
    names: Names,
) -> None:
    _, main = connect(names.experiment)
    views.prepare(client, experiment, views.ABOUT_TRIALS)
    keyed = {content.key(): content for content in contents}
    published, own = ledger.read(client, main, keyed.keys()), ledger.read(client, experiment, keyed.keys(), trial)
    standing = {key for key, run in published.whole.items() if run.data.tags.get(CURRENT) == truth(True)}
    for key, content in keyed.items():
        if key in own.whole:
            client.set_tag(own.whole[key].info.run_id, CURRENT, truth(True))
        elif key not in standing:
            print(f"logging {content.variant} of DVC experiment {trial}", flush=True)
            tags, name = {KEY: key, CURRENT: truth(True), TRIAL: trial}, f"{content.variant} ({trial})"
            ledger.add(client, experiment, content, datasets, names.model, tags, name)
    for run in own.earlier:  # the experiment ran before, with other results
        client.set_tag(run.info.run_id, CURRENT, truth(False))
    for run in [*own.abandoned, *own.spare]:
        ledger.remove(client, run)
