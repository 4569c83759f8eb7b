"""Memory and time of every stage as the data grow: the dataset as it is, and 10 and 100 times larger.

    python -m benchmarks.scale 1 10        some of the sizes; without any, all of them

Each stage is a process of its own, as DVC starts it, in a temporary folder that has the data, two variants (the one
with convolutions made narrower; on a hundred times the data, only the other one) and an epoch of each training. What it
took stands in benchmarks/results/scale.json, by stage and by size:

seconds: from start to end.
peak_rss: the most memory that the process held, in bytes, pages of mapped files (PyTorch's libraries, too) included.
peak_anonymous: the same without pages of files, which the kernel may take back at any time.

Memory is looked at fifty times a second: a peak of peak_anonymous that is shorter may be missed.

`memory_ratio_10x` and `time_ratio_10x` are those of the stage that grows most: its peak_rss, and its seconds an image,
of ten times the data over those of the dataset as it is; `memory_ratio_100x` is over the dataset as it is, too,
`time_ratio_100x` over ten times the data, of which starting up is little; `whole_time_ratio_10x` and `_100x` are of the
same stages together. `download` needs a server that has such data, and is left out.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.enlarge import enlarge
from hourglass.core import params
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, write_json
from hourglass.core.machine import cores
from hourglass.core.stage import attempt

OUT = Path("benchmarks/results/scale.json")
ROOT = Path(__file__).parents[1]
RAW = Path("data/raw")
GLANCES_PER_SECOND = 50

# One whose likelihood is bounded, and one that restores, beside classical methods that learn from all images.
VARIANTS = ("vae", "denoising_gaussian")
# Which of them run on how many times the data: on a hundred times, one takes more than half an hour.
PLAN: Mapping[int, Sequence[str]] = {1: VARIANTS, 10: VARIANTS, 100: VARIANTS[:1]}
Stage = tuple[str, ...]


def stages(variants: Sequence[str]) -> list[Stage]:
    """The pipeline of some variants, in an order in which it can run."""
    return [
        *(("prepare",), ("controls",), ("sweep", "pca"), ("bottleneck",)),
        *((stage, name) for name in variants for stage in ("train", "train_normal", "detect")),
        *(("judge",), *(("evaluate", name) for name in variants)),
        *(("accept",), ("report",), ("publish",)),
    ]


def settings(variants: Sequence[str]) -> dict[str, Any]:
    """Content of params.yaml, cut down to what is measured of some of VARIANTS."""
    content = params.read()
    # With fewer channels an epoch takes minutes instead of a quarter of an hour.
    content["variants"]["denoising_gaussian"] |= {"channels": [4, 8], "hidden": 64}
    content["variants"] = {name: content["variants"][name] for name in variants}
    for section in ("train", "train_normal", "judge"):
        content[section]["epochs"] = 1
        for entry in content["variants"].values():
            entry.get(section, {}).pop("epochs", None)
    content["sweep"] |= {"latent_dims": [30], "variants": {"pca": content["sweep"]["variants"]["pca"]}}
    return content | {"likelihood": {"k": 10}, "accept": {}}


def run(stage: Stage, folder: Path) -> dict[str, float]:
    """Run a stage in `folder`, and say what it took.

    Raises:
        HourglassError: it failed.
    """
    command = [sys.executable, "-m", "hourglass.core.stage", *stage]
    # To MLflow the folder is a repository of its own, so that nothing is published elsewhere.
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "DVC_ROOT": str(folder)}
    surroundings.pop("MLFLOW_TRACKING_URI", None)
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=surroundings, stdout=subprocess.DEVNULL)
    peaks = [max(seen) for seen in zip(*glances(process.pid), strict=True)]
    seconds = time.perf_counter() - started
    if process.wait():
        raise HourglassError(f"stage {' '.join(stage)} failed on enlarged data")
    return {"seconds": round(seconds, 2), "peak_rss": peaks[0], "peak_anonymous": peaks[1]}


def glances(process: int) -> Iterator[tuple[int, int]]:
    """The most bytes that a process has held so far, and those it holds apart from pages of files, until it ends."""
    yield 0, 0
    # Not what `wait4` says of its peak: that is never less than what the process that started it held.
    while "VmHWM" in (status := Path(f"/proc/{process}/status").read_text()):
        fields = dict(line.split(":", 1) for line in status.splitlines())
        highest, anonymous, shared = (1024 * int(fields[name].split()[0]) for name in ("VmHWM", "RssAnon", "RssShmem"))
        yield highest, anonymous + shared
        time.sleep(1 / GLANCES_PER_SECOND)


def measure(times: int, folder: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Run the pipeline on `times` the data in a new folder."""
    enlarge(RAW, times, folder / RAW)
    write_json(folder / "params.yaml", settings(PLAN[times]))  # JSON is YAML
    for stage in stages(PLAN[times]):
        took = run(stage, folder)
        print(f"{times} x data, {' '.join(stage)}: {took}", flush=True)
        yield "@".join(stage), took
    # 5 GB of each are the largest.
    shutil.rmtree(folder / "data")


def ratios(found: Mapping[int, Mapping[str, Mapping[str, float]]]) -> dict[str, float]:
    """How memory, and time an image, of the stage that grows most change with more data; time of all together, too.

    Memory is held against the dataset as it is, time against the next smaller size; both of stages that ran on all.

    Args:
        found: size -> stage -> what it took.
    """
    grown: dict[str, float] = {}
    for smaller, times in pairwise(sorted(found) if 1 in found else []):
        base, small, large = found[1], found[smaller], found[times]
        if not (everywhere := base.keys() & small.keys() & large.keys()):
            continue
        memory = max(large[stage]["peak_rss"] / base[stage]["peak_rss"] for stage in everywhere)
        longest = max(large[stage]["seconds"] / small[stage]["seconds"] for stage in everywhere)
        before, after = (sum(size[stage]["seconds"] for stage in everywhere) for size in (small, large))
        grown |= {
            f"memory_ratio_{times}x": round(memory, 3),
            f"time_ratio_{times}x": round(longest * smaller / times, 3),
            f"whole_time_ratio_{times}x": round(after / before * smaller / times, 3),
        }
    return grown


def main(sizes: Sequence[int]) -> None:
    """Measure some sizes, all if none is named, and write the file after each; what it has of others stays.

    Raises:
        HourglassError: a size is none of those planned; nothing was run.
    """
    if unknown := set(sizes) - set(PLAN):
        raise HourglassError(f"no such size: {min(unknown)}; there are {', '.join(map(str, PLAN))}")
    found = {int(size): took for size, took in read_json(OUT)["by_size"].items()} if OUT.exists() else {}
    with tempfile.TemporaryDirectory(prefix="hourglass-scale-") as scratch:
        for times in sizes or PLAN:
            found[times] = dict(measure(times, Path(scratch, str(times))))
            found = dict(sorted(found.items()))
            write_json(OUT, {**ratios(found), "cores": cores(), "by_size": found})


if __name__ == "__main__":
    sys.exit(attempt(lambda: main([int(size) for size in sys.argv[1:]])))
