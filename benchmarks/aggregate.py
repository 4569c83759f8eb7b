"""Aggregate the runs of the detection benchmark into one file, benchmarks/results/detection.json.

    python -m benchmarks.aggregate

Our detectors have means and standard deviations over seeds. Baselines were run once, and have no standard deviation.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import baselines, detectors, timing
from benchmarks.baselines import BASELINES
from benchmarks.detectors import CHAMPION, METHODS
from benchmarks.protocol import T_SHIRT, TaskMetrics
from hourglass.core import layout, params
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, write_json
from hourglass.core.metrics import to_json
from hourglass.core.params import Settings
from hourglass.core.stage import attempt
from hourglass.detection.settings import DetectSettings

# Of anomalies among the training images, as benchmarks/dvc.yaml has them.
CLEAN, SHARES = "0", ("0.01", "0.05", "0.1")

# Metrics of one method with one seed, by normal class.
Run = Sequence[TaskMetrics]


class Params(Settings):
    """What the script reads of params.yaml."""

    detect: DetectSettings


@dataclass(frozen=True)
class Ranking:
    """ROC-AUC of one method; [mean over seeds, standard deviation], the latter None for a single run.

    t_shirt: with T-shirts as the normal class. mean: over all classes.
    by_class: means over seeds, by normal class. t_shirt_vs_shirt: of T-shirts and shirts alone, the mean over seeds.
    """

    t_shirt: Sequence[float | None]
    mean: Sequence[float | None]
    by_class: Sequence[float]
    t_shirt_vs_shirt: float


def ranking(runs: Sequence[Run]) -> Ranking:
    """Summarise how a method ranks images, from a run for each seed."""
    by_class = np.array([[task.roc_auc for task in run] for run in runs])
    return Ranking(
        _mean_and_std([row[T_SHIRT] for row in by_class]),
        _mean_and_std([row.mean() for row in by_class]),
        by_class.mean(0).tolist(),
        float(np.mean([run[T_SHIRT].t_shirt_vs_shirt for run in runs])),
    )


def method(runs: Sequence[Run], times: Mapping[str, float], ours: bool) -> dict[str, Any]:
    """The entry of one method: its ranking and times, and for ours the rates at its threshold.

    Rates are lists, one for each seed, over the normal classes.
    """
    entry = {"ours": ours, **to_json(ranking(runs)), **times}
    if ours:
        entry["false_positive_rates"] = [[task.false_positive_rate for task in run] for run in runs]
        entry["true_positive_rates"] = [[task.true_positive_rate for task in run] for run in runs]
    return entry


def read_runs(share: str) -> dict[str, list[Run]]:
    """Method -> its runs, seed by seed, with such a share of anomalies among the training images."""
    found: dict[str, list[Run]] = {}
    for folder in (detectors.RESULTS, baselines.RESULTS):
        for file in sorted(folder.glob(f"*-{share}.json")):
            for name, by_class in read_json(file).items():
                found.setdefault(name, []).append([TaskMetrics(**metrics) for metrics in by_class.values()])
    return {name: found[name] for name in (*METHODS, *BASELINES) if name in found}


def main() -> None:
    """Write the file; methods that were not measured on clean images are left out.

    No stage of DVC: the report depends on the file, and every rebuild would run the whole benchmark.

    Raises:
        HourglassError: a run or the times are missing.
    """
    times, clean = read_json(timing.OUT), read_runs(CLEAN)
    if CHAMPION not in clean:
        raise HourglassError(f"{detectors.RESULTS} has no runs; run `make benchmark`")
    methods = {name: method(runs, times["methods"][name], name in METHODS) for name, runs in clean.items()}
    contaminated = {share: read_runs(share) for share in SHARES}
    content = {
        "methods": methods,
        "champion": CHAMPION,
        "light": detectors.LIGHT,
        "contamination": {
            share: {name: to_json(ranking(runs[name])) for name in methods if name in runs}
            for share, runs in contaminated.items()
            if CHAMPION in runs  # without it there is nothing to compare with
        },
        "cores": times["cores"],
        "target_false_positive_rate": params.read(Params).detect.false_positive_rate,
    }
    write_json(layout.BENCHMARK, content)


def _mean_and_std(values: Sequence[float]) -> list[float | None]:
    return [float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else None]


if __name__ == "__main__":
    sys.exit(attempt(main))
