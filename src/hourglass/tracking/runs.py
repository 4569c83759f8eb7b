"""One run of MLflow per variant: headline metrics, parameters, curves, tables, figures, weights, datasets."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from mlflow.entities import Metric, Param, Run
from mlflow.tracking import MlflowClient
from pydantic import Field, TypeAdapter, ValidationError

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json
from hourglass.core.metrics import Metrics
from hourglass.tracking import descriptions, source
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
Noted = Annotated[float, Field(ge=0, lt=1e15, allow_inf_nan=False)]
TIMING = TypeAdapter(dict[str, Noted])


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
        "normal_class": str(content.normal_class),
    }
    started, _ = trained(content.variant)
    created = client.create_run(experiment, started, {**source.tags(), **own, **tags}, name)
    run = str(created.info.run_id)
    normal = list(datasets[0].counts)[content.normal_class]
    client.set_tag(run, NOTE, descriptions.of_run(content, run, normal))
    client.log_inputs(run, [dataset.recorded() for dataset in datasets])
    client.log_batch(run, params=[Param(key, value) for key, value in content.parameters.items()])
    _log_metrics(client, run, content)
    _log_files(client, run, content)
    return run


def finish(client: MlflowClient, run: str, content: Contents) -> None:
    """End a run; MLflow's column Duration then shows how long the variant trained."""
    _, ended = trained(content.variant)
    client.set_terminated(run, "FINISHED", ended)


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
    timings = _timings(variant)
    if not timings:
        return (now := int(time.time() * 1000)), now
    ended = int(max(layout.timing(stage).stat().st_mtime for stage in timings) * 1000)
    return ended - int(sum(timing["seconds"] for timing in timings.values()) * 1000), ended


def costs(variant: str) -> dict[str, float]:
    """Training time and peak memory of both trainings, if they ran here."""
    timings = _timings(variant).values()
    measured: dict[str, float] = {}
    if timings:
        measured["train_seconds"] = round(sum(timing["seconds"] - timing["import_seconds"] for timing in timings), 1)
    peaks = [timing["peak_memory_bytes"] for timing in timings if "peak_memory_bytes" in timing]
    if peaks:
        measured["peak_memory_mb"] = round(max(peaks) / 1e6)
    return measured


def _timings(variant: str) -> dict[str, dict[str, float]]:
    """Stage -> what it noted about its time; empty unless both trainings ran here and noted numbers."""
    stages = (f"train@{variant}", f"train_normal@{variant}")
    try:
        notes = {stage: TIMING.validate_python(read_json(layout.timing(stage)), strict=True) for stage in stages}
    except (HourglassError, ValidationError):
        return {}
    return notes if all({"seconds", "import_seconds"} <= note.keys() for note in notes.values()) else {}


def _log_metrics(client: MlflowClient, run: str, content: Contents) -> None:
    now = int(time.time() * 1000)
    headlines = {**content.summary, **costs(content.variant)}
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
    """Every metric with its interval as a table of MLflow's, those of untrained networks last.

    It is what `MlflowClient.log_table` writes; that warns about the columns of text.
    """
    measured = Metrics(content.measured)
    rows: list[list[Any]] = []
    for path, value in measured.numbers():
        if measured.get(path) is None:
            continue  # an end of an interval, which stands in its metric's row
        part, _, name = path.rpartition(".")
        interval = measured.interval(path)
        rows.append([part, name, value, f"{interval[0]:.4g} to {interval[1]:.4g}" if interval else ""])
    rows.sort(key=lambda row: "untrained" in row[0])
    return {"columns": ["part", "metric", "value", "95% interval"], "data": rows}
