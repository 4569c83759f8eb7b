"""All results of the benchmark as one file, benchmarks/results/detection.json.

Ours are means and standard deviations over seeds; theirs were run once, and have no deviation.
"""

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ours import METHODS
from benchmarks.protocol import T_SHIRT
from hourglass.core.files import read_json, write_json

RESULTS = Path("benchmarks/results")
# Named before anything was measured: the detector with convolutions, and the dense one, which is several times faster.
CHAMPION, LIGHT = "rotated", "rotated_dense"


def spread(values: list[float]) -> list[float | None]:
    """[mean, standard deviation over seeds], the latter null where there is one value."""
    return [float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else None]


def method(runs: list[dict[str, list[float]]], times: dict[str, float], ours: bool) -> dict[str, Any]:
    """The entry of one method.

    Args:
        runs: for each seed, `auc` by normal class, and what else was measured.
    """
    by_class = np.array([run["auc"] for run in runs])
    entry = {
        "ours": ours,
        "t_shirt": spread([row[T_SHIRT] for row in by_class]),
        "mean": spread([row.mean() for row in by_class]),
        "by_class": by_class.mean(0).tolist(),
        "t_shirt_vs_shirt": float(np.mean([run["t_shirt_vs_shirt"] for run in runs])),
        **times,
    }
    if ours:
        rates = ("false_alarm_rates", "detection_rates")
        entry |= {rate: np.mean([run[rate] for run in runs], axis=0).tolist() for rate in rates}
    return entry


def main() -> None:
    """Write the file."""
    times = read_json(RESULTS / "times.json")
    clean: dict[str, list[dict[str, list[float]]]] = {}
    dirty: dict[str, dict[str, Any]] = {}
    for file in sorted((RESULTS / "ours").glob("*.json")) + sorted((RESULTS / "theirs").glob("*.json")):
        name, share = file.stem.rsplit("-", 1)
        content = read_json(file)
        found = content if file.parent.name == "ours" else {name: content}
        for method_name, run in found.items():
            if share == "0":
                clean.setdefault(method_name, []).append(run)
            else:
                auc = run["auc"]
                entry = {"t_shirt": auc[T_SHIRT], "mean": float(np.mean(auc))}
                dirty.setdefault(share, {})[method_name] = entry
    methods = {name: method(runs, times["methods"][name], name in METHODS) for name, runs in clean.items()}
    content = {"methods": methods, "champion": CHAMPION, "light": LIGHT, "contamination": dirty}
    write_json(RESULTS / "detection.json", content | {"cores": times["cores"]})


if __name__ == "__main__":
    main()
