"""Measure memory and time of every stage as the data grow: the data set as it is, and 10 and 100 times as large.

    python -m benchmarks.scale 1 10        some of the sizes; without any, all of them

Each stage is a process of its own, as DVC starts it, in a temporary folder with the data, two variants and one epoch of
each training. The variant with convolutions is made narrower, and left out at 100 times the data.
benchmarks/results/scale.json has, by size and stage:

seconds: from start to end.
peak_rss: the most memory that the process had, in bytes, including pages of mapped files (PyTorch's libraries, too).
peak_anonymous: the same without pages of files, which the kernel may take back at any time. Memory is sampled fifty
    times per second, so a shorter peak may be missed.

The ratios at the top of the file are explained at `ratios`. `download` needs a server with such data, and is left out.
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
from hourglass.claims import ledger
from hourglass.core import layout, params
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, write_json
from hourglass.core.machine import cores
from hourglass.core.stage import attempt

OUT = Path("benchmarks/results/scale.json")
ROOT = Path(__file__).parents[1]
SAMPLES_PER_SECOND = 50

# One whose likelihood is bounded, and one that restores, beside classical methods that learn from all images.
VARIANTS = ("vae", "denoising_gaussian")
# One of the experiments: all train on the first images only.
EXPERIMENT = "near_codes"
# Size -> its variants: at 100 times the data, the other one takes more than half an hour.
PLAN: Mapping[int, Sequence[str]] = {1: VARIANTS, 10: VARIANTS, 100: VARIANTS[:1]}

Stage = tuple[str, ...]
# Stage -> its `seconds`, `peak_rss` and `peak_anonymous`.
Costs = Mapping[str, Mapping[str, float]]


def stages(variants: Sequence[str]) -> list[Stage]:
    """The pipeline of some variants, in an order in which it can run."""
    return [
        *(("prepare",), ("controls",), ("sweep", "pca"), ("bottleneck",)),
        *((stage, name) for name in variants for stage in ("train", "train_normal", "detect")),
        *(("reference_classifier",), *(("evaluate", name) for name in variants)),
        *(("experiment", EXPERIMENT), ("claims",), ("live",), ("accept",), ("report",), ("publish",)),
    ]


def settings(variants: Sequence[str]) -> dict[str, Any]:
    """Content of params.yaml, reduced to some of VARIANTS and to one epoch."""
    content = params.content()
    # With fewer channels an epoch takes minutes instead of a quarter of an hour.
    content["variants"]["denoising_gaussian"] |= {"channels": [4, 8], "hidden": 64}
    content["variants"] = {name: content["variants"][name] for name in variants}
    for section in ("train", "train_normal", "reference_classifier"):
        content[section]["epochs"] = 1
        for entry in content["variants"].values():
            entry.get(section, {}).pop("epochs", None)
    content["sweep"] |= {"latent_dims": [30], "variants": {"pca": content["sweep"]["variants"]["pca"]}}
    content["experiments"] = {EXPERIMENT: content["experiments"][EXPERIMENT]}
    return content | {"likelihood": {"k": 10}, "accept": {}}


def run(stage: Stage, folder: Path) -> dict[str, float]:
    """Run a stage in `folder`; return its seconds and peaks of memory.

    Raises:
        HourglassError: it failed.
    """
    command = [sys.executable, "-m", "hourglass.core.stage", *stage]
    # To MLflow the folder is a repository of its own, so that nothing is published elsewhere.
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "DVC_ROOT": str(folder)}
    environment.pop("MLFLOW_TRACKING_URI", None)
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    peaks = [max(samples) for samples in zip(*memory_samples(process.pid), strict=True)]
    seconds = time.perf_counter() - started
    if process.wait():
        raise HourglassError(f"stage {' '.join(stage)} failed on enlarged data")
    return {"seconds": round(seconds, 2), "peak_rss": peaks[0], "peak_anonymous": peaks[1]}


def memory_samples(process: int) -> Iterator[tuple[int, int]]:
    """Until a process ends: the most bytes that it has had so far, and those it has apart from pages of files."""
    yield 0, 0
    # Not the peak that `wait4` reports: that is never less than what the starting process had.
    while "VmHWM" in (status := Path(f"/proc/{process}/status").read_text()):
        fields = dict(line.split(":", 1) for line in status.splitlines())
        highest, anonymous, shared = (1024 * int(fields[name].split()[0]) for name in ("VmHWM", "RssAnon", "RssShmem"))
        yield highest, anonymous + shared
        time.sleep(1 / SAMPLES_PER_SECOND)


def measure(times: int, folder: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Stages and their costs, from running the pipeline in a new folder on `times` the data."""
    enlarge(layout.RAW, times, folder / layout.RAW)
    write_json(folder / "params.yaml", settings(PLAN[times]))  # JSON is YAML
    (folder / ledger.FILE.parent).mkdir()
    shutil.copy(ledger.FILE, folder / ledger.FILE)
    for stage in stages(PLAN[times]):
        costs = run(stage, folder)
        print(f"{times} x data, {' '.join(stage)}: {costs}", flush=True)
        yield "@".join(stage), costs
    # 5 GB of each are the largest.
    shutil.rmtree(folder / "data")


def ratios(by_size: Mapping[int, Costs]) -> dict[str, float]:
    """How memory and time per image grow with the data, over the stages that ran at all sizes compared.

    memory_ratio_10x, memory_ratio_100x: `peak_rss`, over the data set as it is, of the stage that grows most.
    time_ratio_10x, time_ratio_100x: seconds per image, over the next smaller size, of the stage that grows most.
    whole_time_ratio_10x, whole_time_ratio_100x: the same of all stages together.
    """
    found: dict[str, float] = {}
    for smaller, times in pairwise(sorted(by_size) if 1 in by_size else []):
        base, small, large = by_size[1], by_size[smaller], by_size[times]
        if not (everywhere := base.keys() & small.keys() & large.keys()):
            continue
        memory = max(large[stage]["peak_rss"] / base[stage]["peak_rss"] for stage in everywhere)
        longest = max(large[stage]["seconds"] / small[stage]["seconds"] for stage in everywhere)
        before, after = (sum(size[stage]["seconds"] for stage in everywhere) for size in (small, large))
        found |= {
            f"memory_ratio_{times}x": round(memory, 3),
            f"time_ratio_{times}x": round(longest * smaller / times, 3),
            f"whole_time_ratio_{times}x": round(after / before * smaller / times, 3),
        }
    return found


def main(sizes: Sequence[int]) -> None:
    """Measure some sizes, or all, and write the file after each; other sizes in it stay.

    Raises:
        HourglassError: a size is not among those planned; nothing was run.
    """
    if unknown := set(sizes) - set(PLAN):
        raise HourglassError(f"no such size: {min(unknown)}; there are {', '.join(map(str, PLAN))}")
    by_size: dict[int, Costs] = {}
    if OUT.exists():
        by_size = {int(size): costs for size, costs in read_json(OUT)["by_size"].items()}
    with tempfile.TemporaryDirectory(prefix="hourglass-scale-") as scratch:
        for times in sizes or PLAN:
            by_size[times] = dict(measure(times, Path(scratch, str(times))))
            by_size = dict(sorted(by_size.items()))
            write_json(OUT, {**ratios(by_size), "cores": cores(), "by_size": by_size})


if __name__ == "__main__":
    sys.exit(attempt(lambda: main([int(size) for size in sys.argv[1:]])))
