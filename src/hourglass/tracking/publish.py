"""Make MLflow agree with the results on disk. Running it twice changes nothing; running it late loses nothing.

MLflow is a projection of DVC's outputs, written in one place after all stages: a stage that DVC restores
from its cache runs no command, so whatever it would have logged is lost. Each variant's run carries a
content key as a tag. A finished run with the right key is left alone; a half-written one is replaced.
"""

from collections.abc import Sequence

from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.tracking import evaluated, lease, ledger, registry, report_run, runs, views
from hourglass.tracking.contents import Contents
from hourglass.tracking.dataset import Dataset
from hourglass.tracking.lock import exclusive
from hourglass.tracking.registry import Entry
from hourglass.tracking.settings import Names
from hourglass.tracking.store import connect, refusal
from hourglass.tracking.tags import ACCEPTED, CURRENT, KEY, truth


def publish(contents: Sequence[Contents], datasets: Sequence[Dataset], names: Names) -> None:
    """Publish every variant; move the variants' aliases; mark which runs belong to the results on disk.

    The alias `champion` stays where it is.

    Args:
        contents: of every variant in params.yaml. datasets: the three splits.

    Raises:
        HourglassError: the tracking server does not answer, or stopped answering on the way; another machine may write
            there by now; the disk of its files is full; or a detector does not score as it was measured, and then
            nothing of it is published.
    """
    with exclusive():
        try:
            client, experiment = connect(names.experiment)
            with lease.held(client, experiment) as writer:
                _publish(writer, experiment, contents, datasets, names.model)
        except (MlflowException, OSError) as error:
            raise HourglassError(f"{refusal(error)}; run `hourglass publish` to finish") from error


def _publish(
    client: MlflowClient, experiment: str, contents: Sequence[Contents], datasets: Sequence[Dataset], model: str
) -> None:
    views.prepare(client, experiment)
    keyed = {content.key(): content for content in contents}
    validation = ImageSet.open(layout.split("validation"))
    published, entries = ledger.read(client, experiment, keyed.keys()), []
    for key, content in keyed.items():
        run = published.whole.get(key)
        if run is None:
            evaluated.require_scores(content, validation)
            print(f"publishing {content.variant}", flush=True)
            run = ledger.add(client, experiment, content, datasets, model, {KEY: key}, content.variant)
        else:
            runs.refresh(client, run, content)
        _show_current(client, run, content.accepted)
        entries.append(Entry(content, key, run))
    for run in published.earlier:
        _show_superseded(client, run)
    registry.agree(client, model, entries, datasets)
    for run in [*published.abandoned, *published.spare]:
        ledger.remove(client, run)
    report_run.publish(client, experiment, {})


def _show_current(client: MlflowClient, run: Run, accepted: bool) -> None:
    """Mark a run as that of the results on disk, and note whether these are accepted."""
    tags = run.data.tags
    if tags.get(CURRENT) != truth(True):
        client.set_tag(run.info.run_id, CURRENT, truth(True))
        if CURRENT in tags:
            runs.restore(client, run)
    if tags.get(ACCEPTED) != truth(accepted):
        client.set_tag(run.info.run_id, ACCEPTED, truth(accepted))


def _show_superseded(client: MlflowClient, run: Run) -> None:
    if run.data.tags.get(CURRENT) != truth(False):
        client.set_tag(run.info.run_id, CURRENT, truth(False))
        runs.supersede(client, run)
