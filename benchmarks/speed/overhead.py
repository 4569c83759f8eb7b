"""What the pipeline costs beside its own work: one small stage again, and nothing to do.

Measured in this checkout, whose results have to be up to date: stages that run again end with what they had.
"""

import statistics
import sys
from pathlib import Path

from benchmarks.speed.rebuild import clocked, commit, noted
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json
from hourglass.core.stage import attempt
from hourglass.pipeline import graph

OUT = Path("benchmarks/results/speed/overhead.json")

REPEATS = 3
# Small stages, so that their own work hides little.
WITH_TORCH = ("train_normal@pca", "train_normal@vanilla", "train_normal@undercomplete_64")
WITHOUT_TORCH = ("prepare", "bottleneck", "accept")


def again(folder: Path, stage: str) -> dict[str, float]:
    """One stage run again: its `seconds` on the clock, and its `overhead`, which is all but its own work."""
    seconds = clocked(folder, "dvc", "repro", "--quiet", "--single-item", "--force", stage)
    return {"seconds": seconds, "overhead": seconds - noted(folder)[stage]}


def main() -> None:
    """Write one file of seconds.

    Raises:
        HourglassError: results are not up to date.
    """
    here = Path.cwd()
    if graph.changed("dvc.yaml"):
        raise HourglassError("results are not up to date; run `make` first")
    # The environment is what it is, whatever its files' dates.
    noop = statistics.median(clocked(here, "make", "--old-file=.venv/installed") for _ in range(REPEATS))
    stages = {stage: [again(here, stage) for _ in range(REPEATS)] for stage in (*WITH_TORCH, *WITHOUT_TORCH)}
    write_json(OUT, {"commit": commit(here), "noop_seconds": noop, "stages": stages})


if __name__ == "__main__":
    sys.exit(attempt(main))
