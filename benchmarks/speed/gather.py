"""What was measured of speed as one file with flat keys, benchmarks/results/speed.json, and the README's table.

Each part has a file of its own, so that one of them can be measured again by itself; what was not measured is left out.
"""

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.ours import METHODS
from benchmarks.speed import jobs, overhead, quality, rebuild, rivals, shares, table
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, write_json, write_text
from hourglass.core.stage import attempt
from hourglass.reporting.readme import README, filled

OUT = Path("benchmarks/results/speed.json")
TIMES = Path("benchmarks/results/times.json")
SCALE = Path("benchmarks/results/scale.json")

Figures = dict[str, float]


def of_shares(measured: Mapping[str, Any]) -> Figures:
    """Every network's speed and share, those of the two that stand for the others, and the machine's own rate."""
    networks = measured["networks"]
    rates = [rate for row in networks.values() for rate in row["matmul"]]
    found: Figures = {"threads": measured["threads"], "matmul_gflops": statistics.median(rates) / 1e9}
    for name, row in networks.items():
        found[f"share.{name}"] = shares.share_of(row)
        found[f"images_per_second.{name}"] = statistics.median(row["images_per_second"])
        found[f"macs.{name}"] = row["macs"]
    found["conv_share_of_matmul"] = found[f"share.{shares.CONVOLUTIONAL}"]
    key, name = "dense_share_of_matmul", shares.DENSE
    found[key] = shares.share_of(measured["large_batches"])
    found |= {f"{key}.own_batches": found[f"share.{name}"], f"{key}.own_batch_size": networks[name]["batch_size"]}
    return found


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """How many times faster ours is: the median over the repeats, each against the one that ran next to it."""
    return statistics.median(our / their for our, their in zip(ours, theirs, strict=True))


def of_rivals(measured: Mapping[str, Any]) -> Figures:
    """Ratios, and what they are made of: `vs_<rival>` with all cores, `vs_<rival>.at_stage_threads` with a stage's."""
    found: Figures = {}
    for choose, suffix in ((max, ""), (min, ".at_stage_threads")):
        for race in measured[choose(measured, key=int)].values():
            for rival in [name for name in race if name != "ours"]:
                key = f"vs_{rival}{suffix}"
                found[key] = ratio(race["ours"]["images_per_second"], race[rival]["images_per_second"])
                for whose, name in (("our", "ours"), ("their", rival)):
                    found |= {f"{key}.{whose}_{kind}": statistics.median(race[name][kind]) for kind in race[name]}
    return found


def of_rebuild(measured: Mapping[str, Any]) -> Figures:
    """A rebuild from nothing; seconds and their ratio."""
    found: Figures = {key: measured[key] for key in ("rebuild_seconds", "compute_seconds")}
    return {**found, "rebuild_over_compute": measured["cores"] * found["rebuild_seconds"] / found["compute_seconds"]}


def of_overhead(measured: Mapping[str, Any]) -> Figures:
    """One stage again, and nothing to do; seconds."""
    found: Figures = {"noop_seconds": measured["noop_seconds"]}
    for name, stages in (("torch", overhead.WITH_TORCH), ("plain", overhead.WITHOUT_TORCH)):
        runs = [run for stage in stages for run in measured["stages"][stage]]
        found[f"stage_overhead_{name}"] = statistics.median(run["overhead"] for run in runs)
        found[f"one_stage_seconds.{name}"] = statistics.median(run["seconds"] for run in runs)
    found["one_stage_seconds"] = found["one_stage_seconds.torch"]
    return found


def of_jobs(measured: Mapping[str, Any]) -> Figures:
    """Rebuilds of a sample of the variants, two stages at a time and one by one; seconds and ratios."""
    seconds = {key: value for key, value in measured.items() if key.endswith("_seconds")}
    return {f"sample.{key}": value for key, value in seconds.items()} | {
        "parallel_speedup": seconds["serial_seconds"] / seconds["parallel_seconds"],
        "rebuild_over_compute.sample": measured["cores"] * seconds["parallel_seconds"] / seconds["compute_seconds"],
    }


def of_times(measured: Mapping[str, Any]) -> Figures:
    """Images a second that our detectors score, with all cores."""
    return {
        f"scored_per_second.{name}": measured["methods"][name]["images_per_second"]
        for name in METHODS
        if name in measured["methods"]
    }


def of_scale(measured: Mapping[str, Any]) -> Figures:
    """How memory and time grow where the data are ten and a hundred times as many."""
    return {key: value for key, value in measured.items() if "_ratio_" in key}


def of_quality(measured: Mapping[str, Any]) -> Figures:
    """Means and standard deviations over seeds, of variants as they are and as they were once."""
    return {
        f"quality.{variant}.{kind}_{figure}{suffix}": of(values)
        for variant, kinds in measured.items()
        for kind, figures in kinds.items()
        for figure, values in figures.items()
        for suffix, of in (("", statistics.mean), ("_std", statistics.stdev))
    }


PARTS: Mapping[Path, Callable[[Mapping[str, Any]], Figures]] = {
    shares.OUT: of_shares,
    rivals.OUT: of_rivals,
    rebuild.OUT: of_rebuild,
    jobs.OUT: of_jobs,
    overhead.OUT: of_overhead,
    quality.OUT: of_quality,
    TIMES: of_times,
    SCALE: of_scale,
}


def main() -> None:
    """Write the file, print the tables, and put them into the README.

    Raises:
        HourglassError: a part is damaged or of other networks than params.yaml's, or the README has lost its marks.
    """
    figures: Figures = {}
    if shares.OUT.exists() and (others := shares.outdated(read_json(shares.OUT)["networks"])):
        found = f"{shares.OUT} is of other networks than params.yaml: {', '.join(others)}"
        raise HourglassError(f"{found}; run `python -m benchmarks.speed.shares`")
    for file, of in PARTS.items():
        if file.exists():
            figures |= of(read_json(file))
    write_json(OUT, figures)
    text = table.markdown(figures)
    print(text)
    write_text(README, filled(README.read_text(encoding="utf-8"), "speed", text))


if __name__ == "__main__":
    sys.exit(attempt(main))
