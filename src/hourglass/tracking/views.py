"""How MLflow opens: which runs, in which order, with which columns and charts.

MLflow keeps a saved view of an experiment as JSON in one of the experiment's tags, and opens it by an address that
names the tag. Columns and charts have no documented form; it was read off MLflow 3.17's own saved views.
"""

import base64
import json
import time
import zlib
from typing import Any
from urllib.parse import urlencode

from mlflow.tracking import MlflowClient

from hourglass.tracking import runs
from hourglass.tracking.runs import NOTE
from hourglass.tracking.tags import CURRENT

VIEW = "current"
TAG = f"mlflow.sharedViewState.{VIEW}"
ABOUT = """\
One run per variant of the autoencoders; `hourglass publish` writes them from the results on disk. A current run has the
variant's name. The run of an earlier result has its time of training behind its name, and the tag `hourglass.current`
is false. The run `report` holds the report that compares all variants."""
ABOUT_TRIALS = """\
One run per variant that a DVC experiment changed; `dvc exp run` writes it, with the experiment's name behind the
variant's. If an experiment ran again with other results, the tag `hourglass.current` of its earlier runs is false. No
run here is registered as a model. After `dvc exp apply` and a commit, `hourglass publish` logs the results in the main
experiment."""

# Column -> its width in pixels.
COLUMNS = {
    "metrics.`roc_auc`": 95,
    "metrics.`validation_roc_auc`": 150,
    "metrics.`false_positive_rate`": 150,
    "metrics.`mse`": 95,
    "metrics.`knn_accuracy`": 115,
    "metrics.`frechet`": 95,
    "metrics.`parameters`": 100,
    "metrics.`train_seconds`": 120,
    "metrics.`restoration_gain_db`": 160,
    "params.`latent_dim`": 90,
    "params.`scorers`": 220,
    "tags.`family`": 230,
    "attributes.`Models`": 230,
}
# Pairs of metrics to plot against each other: x, y.
TRADE_OFFS = (("mse", "roc_auc"), ("validation_roc_auc", "roc_auc"), ("parameters", "mse"))
# Section -> metrics, a bar chart each. MLflow appends what is missing here.
BARS = {
    "Anomaly detection": ("roc_auc", "validation_roc_auc", "average_precision", "false_positive_rate"),
    "Reconstruction": ("mse", "ssim", "restoration_gain_db"),
    "Latent codes and samples": ("knn_accuracy", "probe_accuracy", "frechet", "nats"),
    "Cost": ("parameters", "train_seconds", "peak_memory_mb"),
}
CURVES = tuple(f"{images}/{loss}" for images in runs.CURVES.values() for loss in runs.LOSSES.values())


def address(base: str, experiment: str) -> str:
    """The address at which the UI served at `base` opens the view."""
    query = urlencode({"workflowType": "machine_learning", "viewStateShareKey": VIEW})
    return f"{base}/#/experiments/{experiment}/runs?{query}"


def prepare(client: MlflowClient, experiment: str, about: str = ABOUT) -> None:
    """Give the experiment the description `about` and the saved view; writes only what differs."""
    present = client.get_experiment(experiment).tags
    state = _state()
    wanted = {NOTE: about}
    if TAG not in present or json.loads(present[TAG])["state"] != state:
        now = int(time.time() * 1000)
        wanted[TAG] = json.dumps({"name": "Current results", "createdAt": now, "updatedAt": now, "state": state})
    for name, value in wanted.items():
        if present.get(name) != value:
            client.set_experiment_tag(experiment, name, value)


def _state() -> str:
    """The view's state, deflated as MLflow does, since tags are short."""
    charts = {
        "Trade-offs": [_scatter(*pair) for pair in TRADE_OFFS],
        **{section: [_of_metric("BAR", name) for name in names] for section, names in BARS.items()},
        "Loss": [_of_metric("LINE", name) for name in CURVES],
    }
    state = {
        "searchFilter": f"tags.`{CURRENT}` = 'true'",
        "orderByKey": "metrics.`roc_auc`",
        "orderByAsc": False,
        "selectedColumns": list(COLUMNS),
        "columnOrder": list(COLUMNS),
        "columnWidths": COLUMNS,
        "runsHiddenMode": "SHOW_ALL",
        "compareRunCharts": [
            {**chart, "metricSectionId": name} for name, members in charts.items() for chart in members
        ],
        "compareRunSections": [
            {"uuid": name, "name": name, "display": True, "isReordered": True, "columns": max(3, len(members))}
            for name, members in charts.items()
        ],
        "isAccordionReordered": True,
    }
    deflated = zlib.compress(json.dumps(state).encode(), 9)
    return f"deflate;{base64.b64encode(deflated).decode()}"


def _of_metric(kind: str, metric: str) -> dict[str, Any]:
    """A chart of one metric: BAR, or LINE over the epochs."""
    line = {
        "xAxisKey": "step",
        "useGlobalXaxisKey": True,
        "lineSmoothness": 0,
        "useGlobalLineSmoothing": True,
        "xAxisScaleType": "linear",
        "scaleType": "linear",
        "range": {},
        "yAxisKey": "metric",
        "yAxisExpressions": [],
    }
    chart = {**_chart(kind, metric), "metricKey": metric, "isGenerated": True}
    return {**chart, **line} if kind == "LINE" else chart


def _scatter(x: str, y: str) -> dict[str, Any]:
    """A chart with a point per run."""
    axes = {"xaxis": {"key": x, "type": "METRIC"}, "yaxis": {"key": y, "type": "METRIC"}}
    return {**_chart("SCATTER", f"{y} against {x}"), **axes, "isGenerated": False}


def _chart(kind: str, title: str) -> dict[str, Any]:
    return {"type": kind, "uuid": f"{kind} {title}", "displayName": title, "runsCountToCompare": 100, "deleted": False}
