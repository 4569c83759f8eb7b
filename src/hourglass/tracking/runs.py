"""One run of MLflow per variant: headline metrics, parameters, curves, tables, figures, weights, datasets."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mlflow.entities import Metric, Param, Run
from mlflow.tracking import MlflowClient

from hourglass.core import layout
from hourglass.core.metrics import Metrics
from hourglass.spread import written
from hourglass.tracking import descriptions, source, timings
from hourglass.tracking.contents import Contents
from hourglass.tracking.dataset import Dataset

NOTE = "mlflow.note.content"
# The loss before training would squeeze the rest of its chart; history/ has it.
FIRST_EPOCH = 1
# A slash makes a section of its own among MLflow's charts.
CURVES = {"all": "loss_all_classes", "normal": "loss_normal_class"}
LOSSES = {"train_loss": "training", "validation_loss": "validation"}
TABLE = "metrics_table.json"
BATCH = 500


def log(
    client: MlflowClient,
    experiment: str,
    content: Contents,
    tags: Mapping[str, str],
    name: str,
    datasets: Sequence[Dataset],
) -> str:
    """Log one variant's results as a run that still counts as running; `finish` ends it.

    Returns:
        the run's id.
    """
    page = descriptions.lecture(content.module)
    own = {
        "family": page.family,
        "lecture": page.lectures,
        "dataset": content.dataset,
        "normal_class": content.normal_class,
    }
    started, _ = trained(content.variant)
    where = {**source.tags(), **timings.origin_tags(content.variant, content.instruction_set)}
    created = client.create_run(experiment, started, {**where, **own, **tags}, name)
    run = str(created.info.run_id)
    client.set_tag(run, NOTE, descriptions.of_run(content, run, datasets[0].named(content.normal)))
    client.log_inputs(run, [dataset.recorded() for dataset in datasets])
    client.log_batch(run, params=[Param(key, value) for key, value in content.parameters.items()])
    _log_metrics(client, run, content)
    _log_files(client, run, content)
    return run


def finish(client: MlflowClient, run: str, content: Contents) -> None:
    """End a run; MLflow's column Duration then shows how long the variant trained."""
    _, ended = trained(content.variant)
    client.set_terminated(run, "FINISHED", ended)


def refresh(client: MlflowClient, run: Run, content: Contents) -> None:
    """Bring the metrics in a run's description up to date, if they are not."""
    noted = run.data.tags.get(NOTE, "")
    if (description := descriptions.refreshed(noted, content)) != noted:
        client.set_tag(run.info.run_id, NOTE, description)


def supersede(client: MlflowClient, run: Run) -> None:
    """Put the time of training behind a run's name, so that current results alone have the plain one."""
    when = datetime.fromtimestamp(run.info.start_time / 1000, UTC)
    client.update_run(run.info.run_id, name=f"{_plain(run)} ({when:%Y-%m-%d %H:%M})")


def restore(client: MlflowClient, run: Run) -> None:
    """Take back what `supersede` did."""
    client.update_run(run.info.run_id, name=_plain(run))


def _plain(run: Run) -> str:
    return str(run.info.run_name).partition(" (")[0]


def trained(variant: str) -> tuple[int, int]:
    """When a variant's training began and ended here, in ms since 1970; now and now if it was trained elsewhere."""
    noted = timings.read(variant)
    if not noted:
        return (now := int(time.time() * 1000)), now
    ended = int(max(layout.timing(stage).stat().st_mtime for stage in noted) * 1000)
    return ended - int(sum(timing.seconds for timing in noted.values()) * 1000), ended


def _log_metrics(client: MlflowClient, run: str, content: Contents) -> None:
    now = int(time.time() * 1000)
    headlines = {**content.summary, **timings.costs(content.variant)}
    metrics = [Metric(name, _readable(value), now, 0) for name, value in headlines.items()]
    for path, points in content.curves.items():
        images, _, loss = path.partition(".")
        if loss in LOSSES:
            key = f"{CURVES[images]}/{LOSSES[loss]}"
            metrics += [Metric(key, value, now, epoch) for epoch, value in points if epoch >= FIRST_EPOCH]
    for start in range(0, len(metrics), BATCH):
        client.log_batch(run, metrics=metrics[start : start + BATCH])


def _readable(value: float) -> float:
    """The value with five significant digits if it is no whole number: MLflow's tables show as many as there are."""
    return value if float(value).is_integer() else float(f"{value:.5g}")


def _log_files(client: MlflowClient, run: str, content: Contents) -> None:
    client.log_text(run, json.dumps(content.measured, indent=2), "metrics.json")
    client.log_dict(run, _table(content), TABLE)
    client.set_tag(run, "mlflow.loggedArtifacts", json.dumps([{"path": TABLE, "type": "table"}]))
    client.log_artifacts(run, str(content.figures), "figures")
    for images in ("all", "normal"):
        client.log_artifact(run, str(layout.history(content.variant, images)), "history")
    for weights in content.weights.values():
        client.log_artifact(run, str(weights), "weights")


def _table(content: Contents) -> dict[str, list[Any]]:
    """Every metric as a table of MLflow's, with interval and standard deviation, those of untrained networks last.

    It is what `MlflowClient.log_table` writes; that warns about the columns of text.
    """
    measured = Metrics(content.measured)
    rows: list[list[Any]] = []
    for path, value in measured.numbers():
        if measured.get(path) is None:
            continue  # an end of an interval, which stands in its metric's row
        part, _, name = path.rpartition(".")
        interval = measured.interval(path)
        ends = f"{interval[0]:.4g} to {interval[1]:.4g}" if interval else ""
        std = content.spread.get(path)
        rows.append([part, name, value, ends, "" if std is None else written(std)])
    rows.sort(key=lambda row: "untrained" in row[0])
    return {"columns": ["part", "metric", "value", "95% interval", "± over trainings"], "data": rows}
