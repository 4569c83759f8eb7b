"""What the pipeline costs beside its own work: rebuilds from nothing, one stage again, and nothing to do.

All of it happens in temporary clones of the last commit, each with a cache of its own. One is rebuilt as it is, two
stages at a time. Two have a sample of the variants: one is rebuilt two stages at a time, the other one by one (which
would take more than an hour with all variants), and both have to end with the same results. A stage's own work is what
it noted of its time, without starting Python and importing. Of the whole rebuild it is noted while two stages share the
machine, and may be longer for it; of the sample, while each has the machine to itself.
"""

import os
import shutil
import statistics
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

OUT = Path("benchmarks/results/speed/rebuild.json")
RAW = Path("data/raw")

JOBS = 2
REPEATS = 3
# Every so manyth variant of params.yaml is in the sample.
SAMPLED = 6
# Kinds of stage that train or evaluate: all but those that fetch, gather or show.
COMPUTING = ("judge", "controls", "sweep", "train", "train_normal", "evaluate", "detect")
# Small stages, so that their own work hides little.
WITH_TORCH = ("train_normal@pca", "train_normal@vanilla", "train_normal@undercomplete_64")
WITHOUT_TORCH = ("prepare", "bottleneck", "accept")


def sampled(settings: dict[str, Any]) -> None:
    """Leave a sample of the variants in the content of params.yaml, what is said of each of them, and one sweep."""
    settings["variants"] = dict(list(settings["variants"].items())[::SAMPLED])
    names, detect = list(settings["variants"]), settings["detect"]
    for key in ("own", "members"):
        detect[key] = {name: own for name, own in detect[key].items() if name in names}
    detect["halves"] = [name for name in detect["halves"] if name in names]
    settings["accept"] = {name: one for name, one in settings["accept"].items() if one["variant"] in names}
    settings["sweep"]["variants"] = dict(list(settings["sweep"]["variants"].items())[:1])


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
    """Seconds that a command takes in a clone, with its code and this checkout's environment.

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
        raise HourglassError(f"`{' '.join(command)}` failed in a clone of the last commit")
    return seconds


def median(measure: Callable[[], float]) -> float:
    """The median over repeats."""
    return statistics.median(measure() for _ in range(REPEATS))


def rebuilt(folder: Path, jobs: int) -> float:
    """Seconds of a rebuild from nothing."""
    print(f"rebuild, {jobs} at a time", flush=True)
    return clocked(folder, "hourglass", "repro", "--jobs", str(jobs))


def noted(folder: Path) -> dict[str, float]:
    """Stage -> seconds of its own work when it last ran, as it noted them; `train-vae` for `train@vae`."""
    notes = {file.stem: read_json(file) for file in (folder / TIMINGS).glob("*.json")}
    return {stage: took["seconds"] - took["import_seconds"] for stage, took in notes.items()}


def compute(folder: Path) -> float:
    """Seconds of training and evaluation in a rebuild."""
    return sum(seconds for stage, seconds in noted(folder).items() if stage.partition("-")[0] in COMPUTING)


def again(folder: Path, stage: str) -> dict[str, float]:
    """One stage run again: its `seconds` on the clock, and its `overhead`, which is all but its own work."""
    seconds = clocked(folder, "dvc", "repro", "--quiet", "--single-item", "--force", stage)
    return {"seconds": seconds, "overhead": seconds - noted(folder)[stage.replace("@", "-")]}


def results(folder: Path) -> Any:
    """What every stage made, with checksums, as DVC noted it; in no order, for stages end in none."""
    return YAML(typ="safe").load((folder / "dvc.lock").read_text(encoding="utf-8"))["stages"]


def main() -> None:
    """Write one file of seconds.

    Raises:
        HourglassError: the two rebuilds differ.
    """
    with fresh_clone(sampled) as folder:
        serial = rebuilt(folder, 1)
        alone, expected = compute(folder), results(folder)
    with fresh_clone(sampled) as folder:
        parallel = rebuilt(folder, JOBS)
        if results(folder) != expected:
            raise HourglassError(f"a rebuild {JOBS} stages at a time ended with other results than one by one")
    with fresh_clone() as folder:
        whole = rebuilt(folder, JOBS)
        work = compute(folder)
        # The environment is this checkout's, whatever its files' dates.
        noop = median(lambda: clocked(folder, "make", "--old-file=.venv/installed"))
        stages = {stage: [again(folder, stage) for _ in range(REPEATS)] for stage in (*WITH_TORCH, *WITHOUT_TORCH)}
    write_json(
        OUT,
        {
            "cores": JOBS * params.common().threads,
            "rebuild_seconds": whole,
            "compute_seconds": work,
            "sample": {
                "serial_seconds": serial,
                "parallel_seconds": parallel,
                "compute_seconds": alone,
            },
            "noop_seconds": noop,
            "stages": stages,
        },
    )


if __name__ == "__main__":
    sys.exit(attempt(main))
