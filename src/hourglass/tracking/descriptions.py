"""The description of a run, as MLflow's Markdown: idea, pictures, headline metrics, lecture page."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from hourglass.core.files import read_bytes
from hourglass.core.metrics import Metrics
from hourglass.spread import written
from hourglass.summary import HEADLINES
from hourglass.tracking.contents import PACKAGE, Contents

BEYOND = "beyond the lectures"
_LECTURE = re.compile(r'lecture (\d+|"[^"]+"(?: \([^)]+\))?)')

# Short name -> title and form; of test images unless the title says otherwise.
TITLES = {
    "roc_auc": ("ROC-AUC", "{:.3f}"),
    "validation_roc_auc": ("ROC-AUC, validation images", "{:.3f}"),
    "average_precision": ("average precision", "{:.3f}"),
    "false_positive_rate": ("false-positive rate", "{:.3f}"),
    "mse": ("squared error per pixel", "{:.4f}"),
    "ssim": ("SSIM", "{:.3f}"),
    "knn_accuracy": ("kNN accuracy of latent codes", "{:.3f}"),
    "probe_accuracy": ("linear probe's accuracy", "{:.3f}"),
    "frechet": ("Fréchet distance of samples", "{:.1f}"),
    "nats": ("negative log-likelihood in nats, at most", "{:.1f}"),
    "restoration_gain_db": ("restoration gain over the best classical method, dB", "{:+.2f}"),
    "parameters": ("parameters", "{:,.0f}"),
}
_TABLE = re.compile(r"^\| metric \| value \|.*(?:\n\|.*)*", re.MULTILINE)
# Figures that are shown, the first two of a variant.
PICTURES = ("restorations", "samples", "reconstructions", "anomaly_maps")


@dataclass(frozen=True)
class Lecture:
    """A variant module's docstring in parts.

    family: what it implements, `Variational autoencoder`. idea: one sentence. text: formulas and explanation, as
    Markdown. lectures: those it belongs to, or that it goes beyond them.
    """

    family: str
    idea: str
    text: str
    lectures: str


def lecture(module: str) -> Lecture:
    """Read the docstring of variants/<module>.py; nothing is imported."""
    source = read_bytes(PACKAGE / "variants" / f"{module}.py").decode()
    first, _, text = (ast.get_docstring(ast.parse(source)) or module).partition("\n")
    family, _, idea = first.partition(": ")
    lectures = dict.fromkeys(name.replace('"', "") for name in _LECTURE.findall(" ".join(text.split())))
    return Lecture(family, idea[:1].upper() + idea[1:], text.strip(), "; ".join(lectures) or BEYOND)


def of_run(content: Contents, run: str, normal: str) -> str:
    """The description of the run with id `run`; `normal` names the normal classes."""
    page = lecture(content.module)
    parts = [
        f"**{page.family}.** {page.idea}",
        pictures(content.figures, run),
        metrics_table(content),
        f"Test images of `{content.dataset}`. The network was trained on all classes, the detector on class "
        f"{content.normal_class} ({normal}) only.{stand_in(content)} Everything that was measured: `metrics.json`. All "
        "variants compared: the run `report`.",
        page.text,
    ]
    return "\n\n".join(part for part in parts if part)


def stand_in(content: Contents) -> str:
    """A sentence on what stands in for anomalies in the metrics, if anything does."""
    kinds = Metrics(content.measured).get("detect.anomalies")
    return f" There are no anomalies among the test images, so ROC-AUC is measured on {kinds}." if kinds else ""


def metrics_table(content: Contents) -> str:
    """The headline metrics with their 95% intervals and standard deviations over trainings, as a Markdown table."""
    measured = Metrics(content.measured)
    rows = ["| metric | value | 95% interval | ± over trainings |", "|---|---|---|---|"]
    for name, value in content.summary.items():
        title, form = TITLES.get(name, (name, "{:.4g}"))
        interval = measured.interval(HEADLINES[name]) if name in HEADLINES else None
        ends = " to ".join(form.format(end) for end in interval) if interval else ""
        std = content.spread.get(HEADLINES.get(name, ""))
        rows.append(f"| {title} | {form.format(value)} | {ends} | {'' if std is None else written(std)} |")
    return "\n".join(rows)


def refreshed(description: str, content: Contents) -> str:
    """A description whose table of metrics is today's: the spread over trainings may be measured after publishing."""
    return _TABLE.sub(lambda _: metrics_table(content), description, count=1)


def pictures(figures: Path, run: str) -> str:
    """Markdown that shows two figures of a run: MLflow serves its artifacts beside its pages."""
    names = [name for name in PICTURES if (figures / f"{name}.png").is_file()][:2]
    shown = []
    for name in names:
        query = urlencode({"path": f"figures/{name}.png", "run_uuid": run})
        shown.append(f"![{name.replace('_', ' ')}](get-artifact?{query})")
    return "\n\n".join(shown)
