"""A rebuild of every result from nothing, two stages at a time, and what of it is training and evaluation.

It happens in a temporary clone of the last commit, with a cache of its own. A stage's own work is what it noted of its
time, without starting Python and importing; that two share the machine may make it longer. The seconds of both stand
beside the sums, stage by stage.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ruamel.yaml import YAML

from hourglass.core import params
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, write_json
from hourglass.core.params import PARAMS
from hourglass.core.stage import TIMINGS, attempt
from hourglass.pipeline.graph import kind

OUT = Path("benchmarks/results/speed/rebuild.json")
RAW = Path("data/raw")

JOBS = 2
# Kinds of stage that train or evaluate: all but those that fetch, gather or show.
COMPUTING = ("judge", "controls", "sweep", "train", "train_normal", "evaluate", "detect")


@contextmanager
def fresh_clone(change: Callable[[dict[str, Any]], None] | None = None) -> Iterator[Path]:
    """A temporary clone of the last commit that has no results, and this checkout's raw data to start from.

    Args:
        change: what else to change in params.yaml.

    Raises:
        HourglassError: there are no raw data here.
    """
    here = Path.cwd()
    if not RAW.is_dir():
        raise HourglassError(f"{RAW} is missing; run `dvc repro download` first")
    with TemporaryDirectory(prefix="hourglass-") as scratch:
        folder = Path(scratch) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(here), str(folder)], check=True)
        shutil.rmtree(folder / "reports")
        (folder / "dvc.lock").unlink()
        (folder / ".venv").symlink_to(here / ".venv")
        yaml = YAML()
        settings = yaml.load(folder / PARAMS)
        settings["data"]["folder"] = str(here / RAW)
        if change:
            change(settings)
        yaml.dump(settings, folder / PARAMS)
        yield folder


def clocked(folder: Path, *command: str) -> float:
    """Seconds that a command takes in a checkout, with its code and this checkout's environment.

    Raises:
        HourglassError: it failed.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DVC_", "MLFLOW_"))}
    path = f"{folder / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": str(folder / "src"), "MLFLOW_DISABLE_TELEMETRY": "true"}
    started = time.perf_counter()
    status = subprocess.run(command, cwd=folder, env=kept | own, check=False).returncode
    seconds = time.perf_counter() - started
    if status:
        raise HourglassError(f"`{' '.join(command)}` failed in {folder}")
    return seconds


def rebuilt(folder: Path, jobs: int) -> float:
    """Seconds of a rebuild from nothing."""
    print(f"rebuild, {jobs} at a time", flush=True)
    return clocked(folder, "hourglass", "repro", "--jobs", str(jobs))


def notes(folder: Path) -> dict[str, dict[str, float]]:
    """Stage -> its seconds when it last ran and those of imports among them, as it noted them."""
    return {file.stem.replace("-", "@"): read_json(file) for file in sorted((folder / TIMINGS).glob("*.json"))}


def noted(folder: Path) -> dict[str, float]:
    """Stage -> seconds of its own work when it last ran."""
    return {stage: took["seconds"] - took["import_seconds"] for stage, took in notes(folder).items()}


def compute(folder: Path) -> float:
    """Seconds of training and evaluation in a rebuild."""
    return sum(seconds for stage, seconds in noted(folder).items() if kind(stage) in COMPUTING)


def commit(folder: Path) -> str:
    """The commit that a checkout is of."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def main() -> None:
    """Write one file of seconds."""
    with fresh_clone() as folder:
        whole = rebuilt(folder, JOBS)
        work = compute(folder)
        found = {"rebuild_seconds": whole, "compute_seconds": work, "stages": notes(folder)}
        write_json(OUT, {"commit": commit(folder), "cores": JOBS * params.common().threads, **found})


if __name__ == "__main__":
    sys.exit(attempt(main))
