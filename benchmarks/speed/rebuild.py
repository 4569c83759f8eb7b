"""Measure a rebuild of every result from nothing, two stages at a time, and how much of it is training and evaluation.

    python -m benchmarks.speed.rebuild

The rebuild takes place in a temporary clone of the last commit, with a cache of its own. A stage's own work is the time
that it noted, without starting Python and importing; it may take longer while two stages share the machine. The file
has the seconds of both, stage by stage, beside the sums.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ruamel.yaml import YAML

from hourglass.core import layout, params
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, write_json
from hourglass.core.params import PARAMS, Common
from hourglass.core.stage import attempt
from hourglass.pipeline.graph import kind

OUT = layout.REBUILD_BENCHMARK

JOBS = 2
# Stages that train or evaluate: all but those that fetch, collect or show.
COMPUTING = ("reference_classifier", "controls", "sweep", "experiment", "train", "train_normal", "evaluate", "detect")


@contextmanager
def fresh_clone(change: Callable[[dict[str, Any]], None] | None = None) -> Iterator[Path]:
    """A temporary clone of the last commit, without results, that takes its raw data from this checkout.

    Args:
        change: what else to change in params.yaml.

    Raises:
        HourglassError: there are no raw data here.
    """
    here = Path.cwd()
    if not layout.RAW.is_dir():
        raise HourglassError(f"{layout.RAW} is missing; run `dvc repro download` first")
    with TemporaryDirectory(prefix="hourglass-") as scratch:
        folder = Path(scratch) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(here), str(folder)], check=True)
        shutil.rmtree(folder / layout.REPORTS)
        (folder / "dvc.lock").unlink()
        (folder / ".venv").symlink_to(here / ".venv")
        yaml = YAML()
        settings = yaml.load(folder / PARAMS)
        settings["data"]["folder"] = str(here / layout.RAW)
        if change:
            change(settings)
        yaml.dump(settings, folder / PARAMS)
        yield folder


def time_command(folder: Path, *command: str, environment: Mapping[str, str] | None = None) -> float:
    """Seconds that a command takes in a checkout, with its code, this process's environment and further variables.

    Raises:
        HourglassError: it failed.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DVC_", "MLFLOW_"))}
    folder = folder.resolve()  # the command runs there
    path = f"{folder / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": str(folder / "src"), "MLFLOW_DISABLE_TELEMETRY": "true"}
    started = time.perf_counter()
    status = subprocess.run(command, cwd=folder, env=kept | own | dict(environment or {}), check=False).returncode
    seconds = time.perf_counter() - started
    if status:
        raise HourglassError(f"`{' '.join(command)}` failed in {folder}")
    return seconds


def time_rebuild(folder: Path, jobs: int) -> float:
    """Seconds of a rebuild from nothing."""
    print(f"rebuild, {jobs} at a time", flush=True)
    return time_command(folder, "hourglass", "repro", "--jobs", str(jobs))


def noted_times(folder: Path) -> dict[str, dict[str, float]]:
    """Stage -> its seconds when it last ran, and those of imports among them, as it noted them."""
    noted = {file.stem.replace("-", "@"): read_json(file) for file in sorted((folder / layout.TIMINGS).glob("*.json"))}
    return {
        stage: {name: times[name] for name in ("seconds", "import_seconds")}
        for stage, times in noted.items()
        if "seconds" in times
    }


def own_seconds(folder: Path) -> dict[str, float]:
    """Stage -> seconds of its own work when it last ran."""
    return {stage: times["seconds"] - times["import_seconds"] for stage, times in noted_times(folder).items()}


def compute_seconds(folder: Path) -> float:
    """Seconds of training and evaluation in a rebuild."""
    return sum(seconds for stage, seconds in own_seconds(folder).items() if kind(stage) in COMPUTING)


def commit(folder: Path) -> str:
    """The commit that is checked out."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def main() -> None:
    """Write one file of seconds."""
    with fresh_clone() as folder:
        found = {
            "cores": JOBS * params.read(Common).threads,
            "rebuild_seconds": time_rebuild(folder, JOBS),
            "compute_seconds": compute_seconds(folder),
            "stages": noted_times(folder),
        }
        write_json(OUT, {"commit": commit(folder), **found})


if __name__ == "__main__":
    sys.exit(attempt(main))
