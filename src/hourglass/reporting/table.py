"""The headline table: one row a variant and a control, the same rows in the report and in the README."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hourglass.reporting.results import Result


@dataclass(frozen=True)
class Column:
    """A figure of the table.

    key: dotted path, from the kind of metrics on. better: which end wins ("max", "min") or None.
    ci: key of its 95% interval, if it has one. readme: whether the short table shows it.
    """

    title: str
    key: str
    form: str
    better: str | None = None
    ci: str | None = None
    readme: bool = False
    hint: str = ""


COLUMNS = (
    Column("code", "evaluate.latent_dim", "{:,}", hint="numbers in the code", readme=True),
    Column("size", "evaluate.parameters", "{:,}", hint="numbers the model stores", readme=True),
    Column(
        *("MSE", "evaluate.reconstruction.mse", "{:.4f}", "min", "evaluate.reconstruction.mse_ci"),
        readme=True,
        hint="squared error per pixel on test images, with its 95% interval",
    ),
    Column("BCE", "evaluate.reconstruction.bce", "{:.3f}", "min", hint="binary cross-entropy per pixel"),
    Column("PSNR", "evaluate.reconstruction.psnr", "{:.1f}", "max", hint="dB, on test images"),
    Column("SSIM", "evaluate.reconstruction.ssim", "{:.3f}", "max", hint="structural similarity", readme=True),
    Column("kNN", "evaluate.representation.knn_accuracy", "{:.3f}", "max", hint="10 nearest codes", readme=True),
    Column("probe", "evaluate.representation.probe_accuracy", "{:.3f}", "max", hint="linear classifier on codes"),
    Column("silhouette", "evaluate.representation.silhouette", "{:.3f}", "max", hint="how apart classes lie"),
    Column(
        *("ROC-AUC", "detect.roc_auc", "{:.3f}", "max", "detect.roc_auc_ci"),
        readme=True,
        hint="anomaly detection on test images, with its 95% bootstrap interval",
    ),
    Column("AP", "detect.average_precision", "{:.3f}", "max", hint="average precision"),
    Column("FPR@95", "detect.fpr_at_95_tpr", "{:.3f}", "min", hint="false alarms where 95% of anomalies are found"),
    Column("detected", "detect.detection_rate", "{:.3f}", "max", hint="anomalies above the threshold"),
    Column("false alarms", "detect.false_alarm_rate", "{:.3f}", hint="normal test images above it; 0.05 intended"),
)


@dataclass(frozen=True)
class Cell:
    """One shown figure: its text, its number for sorting (None where there is none), and whether it is the best."""

    text: str
    number: float | None
    interval: str = ""
    best: bool = False


@dataclass(frozen=True)
class Row:
    """One line. `control` is true for what nobody trained."""

    name: str
    control: bool
    cells: list[Cell]


def rows(results: Sequence[Result], controls: Mapping[str, Any], columns: Sequence[Column] = COLUMNS) -> list[Row]:
    """The variants in their order in params.yaml, then the mean image, raw pixels and each untrained network.

    Args:
        controls: contents of the metrics files of the mean image and of raw pixels, by name.
    """
    sources = [(result.name, {"evaluate": result.evaluate, "detect": result.detect}) for result in results]
    best: list[float | None] = [_best(column, [metrics for _, metrics in sources]) for column in columns]
    others: list[tuple[str, Mapping[str, Any]]] = [
        ("mean image", {"evaluate": controls["mean_image"], "detect": results[0].detect["mean_image"]}),
        ("raw pixels", {"evaluate": controls["pixels"]}),
    ]
    others += [
        (f"{result.name}, untrained", {kind: getattr(result, kind)["untrained"] for kind in ("evaluate", "detect")})
        for result in results
    ]
    return [
        Row(name, control, [_cell(column, metrics, top) for column, top in zip(columns, best, strict=True)])
        for control, group in ((False, sources), (True, others))
        for name, metrics in group
    ]


# What the README's table also shows of the untrained network.
UNTRAINED = {"untrained MSE": "MSE", "untrained ROC-AUC": "ROC-AUC"}


def markdown(results: Sequence[Result], controls: Mapping[str, Any]) -> str:
    """The short table as Markdown: variants, the mean image and raw pixels; best in bold; untrained figures last."""
    columns = [column for column in COLUMNS if column.readme]
    titles = [column.title for column in columns]
    shown = {row.name: row for row in rows(results, controls, columns)}
    lines = [["variant", *titles, *UNTRAINED], ["---", *["---:"] * (len(titles) + len(UNTRAINED))]]
    for name, row in shown.items():
        if not name.endswith(", untrained"):
            texts = [f"**{cell.text}**" * cell.best or cell.text for cell in row.cells]
            twin = shown.get(f"{name}, untrained")
            controlled = [twin.cells[titles.index(title)].text if twin else "" for title in UNTRAINED.values()]
            intervals = [text + cell.interval for text, cell in zip(texts, row.cells, strict=True)]
            lines.append([name, *intervals, *controlled])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def lookup(metrics: Mapping[str, Any], key: str) -> Any:
    """What stands at a dotted path, or None."""
    value: Any = metrics
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _best(column: Column, group: Sequence[Mapping[str, Any]]) -> float | None:
    choose: Callable[..., float] | None = {"max": max, "min": min}.get(column.better or "")
    # A conditional code was made with the class at hand: what it knows of the class is no achievement.
    if column.key.startswith("evaluate.representation"):
        group = [metrics for metrics in group if not lookup(metrics, "evaluate.conditional")]
    values = [value for metrics in group if (value := lookup(metrics, column.key)) is not None]
    return choose(values) if choose and values else None


def _cell(column: Column, metrics: Mapping[str, Any], best: float | None) -> Cell:
    value = lookup(metrics, column.key)
    if value is None:
        return Cell("", None)
    interval = lookup(metrics, column.ci) if column.ci else None
    shown = f" [{', '.join(column.form.format(end) for end in interval)}]" if interval else ""
    return Cell(column.form.format(value), value, shown, value == best)
