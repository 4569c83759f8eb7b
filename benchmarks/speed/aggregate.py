"""Aggregate the measurements of speed into benchmarks/results/speed.json, and fill the tables of docs/benchmarks.md.

    python -m benchmarks.speed.aggregate

Each part has a file of its own, so it can be measured again by itself; parts that were not measured are left out.
"""

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import scale
from benchmarks.speed import baselines, jobs, overhead, quality, rebuild, shares, table
from benchmarks.speed.recipes import Params
from hourglass.core import layout, params
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_bytes, read_json, write_json, write_text
from hourglass.core.stage import attempt
from hourglass.reporting.documents import filled

OUT = Path("benchmarks/results/speed.json")
DOCUMENT = Path("docs/benchmarks.md")

# Flat keys -> numbers.
Metrics = dict[str, float]


def of_shares(measured: Mapping[str, Any]) -> Metrics:
    """Matmul throughput, each network's speed and share of it, and the shares of the two that have a bar."""
    networks = measured["networks"]
    rates = [rate for row in networks.values() for rate in row["matmul"]]
    found: Metrics = {"threads": measured["threads"], "matmul_gflops": statistics.median(rates) / 1e9}
    for name, row in networks.items():
        found[f"share.{name}"] = shares.share_of(row)
        found[f"images_per_second.{name}"] = statistics.median(row["images_per_second"])
        found[f"macs.{name}"] = row["macs"]
    found["conv_share_of_matmul"] = found[f"share.{shares.CONVOLUTIONAL}"]
    key, name = "dense_share_of_matmul", shares.DENSE
    found[key] = shares.share_of(measured["large_batches"])
    found |= {f"{key}.own_batches": found[f"share.{name}"], f"{key}.own_batch_size": networks[name]["batch_size"]}
    return found


def ratio(ours: Sequence[float], baseline: Sequence[float]) -> float:
    """How many times as fast ours is: the median over repeats, each divided by the one that ran next to it."""
    return statistics.median(own / other for own, other in zip(ours, baseline, strict=True))


def of_baselines(measured: Mapping[str, Any]) -> Metrics:
    """Ratios and their parts: `vs_<baseline>` with all cores, `.at_stage_threads` with the threads of a stage."""
    found: Metrics = {}
    for choose, suffix in ((max, ""), (min, ".at_stage_threads")):
        for loops in measured[choose(measured, key=int)].values():
            for baseline in [name for name in loops if name != "ours"]:
                key = f"vs_{baseline}{suffix}"
                found[key] = ratio(loops["ours"]["images_per_second"], loops[baseline]["images_per_second"])
                for whose, name in (("our", "ours"), ("baseline", baseline)):
                    found |= {f"{key}.{whose}_{kind}": statistics.median(loops[name][kind]) for kind in loops[name]}
    return found


def of_rebuild(measured: Mapping[str, Any]) -> Metrics:
    """A rebuild from nothing; seconds and their ratio."""
    found: Metrics = {key: measured[key] for key in ("rebuild_seconds", "compute_seconds")}
    return {**found, "rebuild_over_compute": measured["cores"] * found["rebuild_seconds"] / found["compute_seconds"]}


def of_overhead(measured: Mapping[str, Any]) -> Metrics:
    """One stage again, and nothing to do; seconds."""
    found: Metrics = {"noop_seconds": measured["noop_seconds"]}
    for name, stages in (("torch", overhead.WITH_TORCH), ("plain", overhead.WITHOUT_TORCH)):
        runs = [run for stage in stages for run in measured["stages"][stage]]
        found[f"stage_overhead_{name}"] = statistics.median(run["overhead"] for run in runs)
        found[f"one_stage_seconds.{name}"] = statistics.median(run["seconds"] for run in runs)
    found["one_stage_seconds"] = found["one_stage_seconds.torch"]
    return found


def of_jobs(measured: Mapping[str, Any]) -> Metrics:
    """Rebuilds of a sample of the variants, two stages at a time and one by one; seconds and ratios."""
    seconds = {key: value for key, value in measured.items() if key.endswith("_seconds")}
    return {f"sample.{key}": value for key, value in seconds.items()} | {
        "parallel_speedup": seconds["serial_seconds"] / seconds["parallel_seconds"],
        "rebuild_over_compute.sample": measured["cores"] * seconds["parallel_seconds"] / seconds["compute_seconds"],
    }


def of_detection(measured: Mapping[str, Any]) -> Metrics:
    """Images per second that our detectors score, with all cores."""
    methods = measured["methods"].items()
    return {f"scored_per_second.{name}": entry["images_per_second"] for name, entry in methods if entry["ours"]}


def of_scale(measured: Mapping[str, Any]) -> Metrics:
    """How memory and time grow with 10 and 100 times the data."""
    return {key: value for key, value in measured.items() if "_ratio_" in key}


def of_quality(measured: Mapping[str, Any]) -> Metrics:
    """Means and standard deviations over seeds, of variants now and before."""
    return {
        f"quality.{variant}.{kind}_{metric}{suffix}": of(values)
        for variant, kinds in measured.items()
        for kind, metrics in kinds.items()
        for metric, values in metrics.items()
        for suffix, of in (("", statistics.mean), ("_std", statistics.stdev))
    }


PARTS: Mapping[Path, Callable[[Mapping[str, Any]], Metrics]] = {
    shares.OUT: of_shares,
    baselines.OUT: of_baselines,
    rebuild.OUT: of_rebuild,
    jobs.OUT: of_jobs,
    overhead.OUT: of_overhead,
    quality.OUT: of_quality,
    layout.BENCHMARK: of_detection,
    scale.OUT: of_scale,
}


def main() -> None:
    """Write the file, print the tables, and write them into the document.

    Raises:
        HourglassError: a part is damaged or of other networks than params.yaml's, or the document has lost its marks.
    """
    if shares.OUT.exists():
        _check_shares(read_json(shares.OUT)["networks"])
    metrics: Metrics = {}
    for file, part in PARTS.items():
        if file.exists():
            metrics |= part(read_json(file))
    write_json(OUT, metrics)
    text = table.markdown(metrics)
    print(text)
    write_text(DOCUMENT, filled(DOCUMENT, read_bytes(DOCUMENT).decode(), "speed", text))


def _check_shares(rows: Mapping[str, Mapping[str, Any]]) -> None:
    if outdated := shares.outdated(rows, params.read(Params)):
        raise HourglassError(
            f"{shares.OUT} is of other networks than params.yaml: {', '.join(outdated)}; "
            "run `python -m benchmarks.speed.shares`"
        )


if __name__ == "__main__":
    sys.exit(attempt(main))
