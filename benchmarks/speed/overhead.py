"""Measure what the pipeline takes besides its own work: one small stage again, and nothing to do.

    python -m benchmarks.speed.overhead

Measured in this checkout, whose results must be up to date: stages that run again end with the same results. A stage
is started as a rebuild starts it. What a rebuild takes once is not in it: finding what changed, reading the graph,
writing dvc.lock as `dvc` does, and the `dvc repro` that closes it.
"""

import statistics
import sys
from pathlib import Path

from benchmarks.speed.rebuild import commit, own_seconds, time_command
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json
from hourglass.core.stage import attempt
from hourglass.pipeline import dvc, graph

OUT = Path("benchmarks/results/speed/overhead.json")

REPEATS = 3
# Small stages, so that their own work hides little.
WITH_TORCH = ("train_normal@pca", "train_normal@vanilla", "train_normal@undercomplete_64")
WITHOUT_TORCH = ("prepare", "bottleneck", "accept")


def again(folder: Path, stage: str) -> dict[str, float]:
    """Run one stage again; return its `seconds`, and its `overhead`, which is all but its own work."""
    seconds = time_command(folder, *dvc.PROGRAM, "repro", "--quiet", "--single-item", "--force", stage)
    return {"seconds": seconds, "overhead": seconds - own_seconds(folder)[stage]}


def main() -> None:
    """Write one file of seconds.

    Raises:
        HourglassError: results are not up to date.
    """
    here = Path.cwd()
    if graph.changed("dvc.yaml"):
        raise HourglassError("results are not up to date; run `make` first")
    # Whatever the dates of the environment's files, it is not installed again.
    noop = statistics.median(time_command(here, "make", "--old-file=.venv/installed") for _ in range(REPEATS))
    stages = {stage: [again(here, stage) for _ in range(REPEATS)] for stage in (*WITH_TORCH, *WITHOUT_TORCH)}
    write_json(OUT, {"commit": commit(here), "noop_seconds": noop, "stages": stages})


if __name__ == "__main__":
    sys.exit(attempt(main))
