"""The first look: few variants and short training in a folder of its own, so that no tracked file changes.

`make first-look` runs `prepare`, then `hourglass repro` in the folder, then `show`.
"""

import csv
import shutil
import sys
from collections.abc import Collection
from contextlib import chdir
from pathlib import Path

from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML

from hourglass.core import layout, params, stage
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, replacing, write_text
from hourglass.core.metrics import Metrics
from hourglass.pipeline import dvc
from hourglass.pipeline.schema import Params

FOLDER = Path("first-look")
# What DVC runs there, and the results that the report quotes.
COPIED = (
    *("dvc.yaml", ".dvcignore", ".dvc/config", ".dvc/plots", "docs/claims.yaml", "src"),
    *(str(layout.BENCHMARK), str(layout.REBUILD_BENCHMARK), str(layout.SPREAD)),
)
# A DVC repository of its own, in a folder that git ignores.
DVC_SETTINGS = "[core]\n    no_scm = true\n"
ONLINE, OFFLINE = Path("docs/first-look.yaml"), Path("docs/digits.yaml")


def prepare() -> None:
    """Make the folder, or bring its code and settings up to date, and get the data.

    Where Fashion-MNIST cannot be had, the settings are those for scikit-learn's digits, which need no network.

    Raises:
        HourglassError: a file cannot be written, or there are no data.
    """
    for name in COPIED:
        _copy(Path(name), FOLDER / name)
    write_text(FOLDER / ".dvc/config.local", DVC_SETTINGS)
    _write_settings(ONLINE)
    if _download():
        print("Fashion-MNIST cannot be downloaded here: this first look uses scikit-learn's 8x8 digits", flush=True)
        _write_settings(OFFLINE)
        if _download():
            raise HourglassError(f"no data for the first look; its settings are {FOLDER / params.PARAMS}")


def show() -> None:
    """Print how well the detectors do, beside the mean image, and where the picture and the report are.

    Raises:
        HourglassError: there are no results yet.
    """
    with chdir(FOLDER):
        settings = params.read(Params)
        table = _detectors(settings)
    console = Console(highlight=False, soft_wrap=True)
    data = settings.data
    console.print(f"\nanomaly detection on {data.name}; normal images: {data.normal_name}", markup=False)
    console.print(table)
    console.print(
        f"picture: {FOLDER / layout.FIGURES / 'overview.png'}\n"
        f"report:  {FOLDER / layout.PAGE}\n"
        f"MLflow:  cd {FOLDER} && ../.venv/bin/hourglass ui",
        markup=False,
    )


def _copy(source: Path, target: Path) -> None:
    if not source.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        return
    with replacing(target) as fresh:
        shutil.copytree(source, fresh, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.rmtree(target, ignore_errors=True)


def _write_settings(source: Path) -> None:
    """Copy settings; the raw files of this checkout, if there are any, are the first source to try."""
    yaml = YAML()
    settings = yaml.load(source.read_text(encoding="utf-8"))
    if layout.RAW.is_dir():
        settings["data"]["folder"] = str(Path("..") / layout.RAW)
    with replacing(FOLDER / params.PARAMS) as partial:
        yaml.dump(settings, partial)


def _download() -> int:
    """Run the stage in the folder; 0 if it has the data."""
    with chdir(FOLDER):
        return dvc.run("repro", "--quiet", "download")


def _detectors(settings: Params) -> Table:
    """A row per detector, best first, and one for the mean image."""
    table = Table(
        "detector", "ROC-AUC, 95% interval", f"false positives (target {settings.detect.false_positive_rate})", box=None
    )
    measured = {name: Metrics(read_json(layout.metrics("detect", name))) for name in settings.variants}
    count = _normal_test_images(next(iter(measured)), settings.data.normal)
    for name in sorted(measured, key=lambda name: -measured[name].number("roc_auc")):
        table.add_row(name, *_cells(measured[name], count))
    # The mean image is the same for every variant.
    table.add_row("mean image, no network", *_cells(next(iter(measured.values())).at("mean_image"), count))
    return table


def _cells(metrics: Metrics, count: int) -> tuple[str, str]:
    roc_auc, rate = metrics.estimate("roc_auc"), metrics.number("false_alarm_rate")
    return f"{roc_auc.value:.3f} [{roc_auc.low:.3f}, {roc_auc.high:.3f}]", f"{rate:.3f} ({rate * count:.0f} of {count})"


def _normal_test_images(variant: str, normal: Collection[int]) -> int:
    with layout.scores(variant).open(encoding="utf-8") as file:
        return sum(row["split"] == "test" and int(row["class"]) in normal for row in csv.DictReader(file))


if __name__ == "__main__":
    sys.exit(stage.attempt({"prepare": prepare, "show": show}[sys.argv[1]]))
