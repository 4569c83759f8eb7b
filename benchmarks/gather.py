"""All results of the benchmark as one file, benchmarks/results/detection.json.

Ours are means and standard deviations over seeds; theirs were run once, and have no deviation.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ours import CHAMPION, LIGHT, METHODS
from benchmarks.protocol import T_SHIRT
from benchmarks.rivals import RIVALS
from hourglass.core import params
from hourglass.core.files import read_json, write_json
from hourglass.core.stage import attempt
from hourglass.detectors.settings import DetectSettings

RESULTS = Path("benchmarks/results")
# Of anomalies among the training images, as benchmarks/dvc.yaml has them.
SHARES = ("0.01", "0.05", "0.1")


def spread(values: list[float]) -> list[float | None]:
    """[mean, standard deviation over seeds], the latter null where there is one value."""
    return [float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else None]


def ranking(runs: list[dict[str, list[float]]]) -> dict[str, Any]:
    """How well a method ranks images: ROC-AUC by purpose.

    Args:
        runs: for each seed, `auc` by normal class, and what else was measured.
    """
    by_class = np.array([run["auc"] for run in runs])
    return {
        "t_shirt": spread([row[T_SHIRT] for row in by_class]),
        "mean": spread([row.mean() for row in by_class]),
        "by_class": by_class.mean(0).tolist(),
        "t_shirt_vs_shirt": float(np.mean([run["t_shirt_vs_shirt"] for run in runs])),
    }


def method(runs: list[dict[str, list[float]]], times: dict[str, float], ours: bool) -> dict[str, Any]:
    """The entry of one method.

    Of ours also the rates of false alarms and of detected anomalies: for each seed a list over the normal classes.
    """
    entry = {"ours": ours, **ranking(runs), **times}
    if ours:
        rates = ("false_alarm_rates", "detection_rates")
        entry |= {rate: [run[rate] for run in runs] for rate in rates}
    return entry


def runs_of(name: str, share: str) -> list[dict[str, list[float]]]:
    """What was measured of a method, seed by seed, at a share of hidden anomalies; empty if nothing was."""
    if name in METHODS:
        found = (read_json(file) for file in sorted((RESULTS / "ours").glob(f"*-{share}.json")))
        return [run[name] for run in found if name in run]
    file = RESULTS / "theirs" / f"{name}-{share}.json"
    return [read_json(file)] if file.exists() else []


def main() -> None:
    """Write the file; a method that was not measured on clean data is left out.

    Not a stage of DVC: the report depends on the file, and would pull the whole benchmark into every rebuild.
    """
    times = read_json(RESULTS / "times.json")
    clean = {name: runs_of(name, "0") for name in (*METHODS, *RIVALS)}
    methods = {name: method(runs, times["methods"][name], name in METHODS) for name, runs in clean.items() if runs}
    dirty = {share: {name: ranking(runs) for name in methods if (runs := runs_of(name, share))} for share in SHARES}
    # A share at which the champion was not measured has nothing to be compared with.
    dirty = {share: found for share, found in dirty.items() if CHAMPION in found}
    content = {"methods": methods, "champion": CHAMPION, "light": LIGHT, "contamination": dirty}
    settings = params.section("detect", DetectSettings)
    more = {"cores": times["cores"], "false_alarm_rate": settings.false_alarm_rate}
    write_json(RESULTS / "detection.json", content | more)


if __name__ == "__main__":
    sys.exit(attempt(main))
