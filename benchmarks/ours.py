"""Our detectors, for one seed: every class in turn is the normal one.

    python -m benchmarks.ours 1 0.05       seed, share of anomalies hidden in the training images

Networks and their training are those of params.yaml, so that what is measured is what the pipeline offers (but for
the ensemble of two variants, which is the benchmark's). Detectors that look at the same network share its training.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.protocol import Task, gather, judge, task
from hourglass.core import params
from hourglass.core.errors import SettingsError
from hourglass.core.files import write_json
from hourglass.core.images import Images
from hourglass.core.stage import attempt
from hourglass.data import arrays
from hourglass.detectors import halves
from hourglass.detectors.detector import Detector
from hourglass.detectors.fitting import fit
from hourglass.detectors.settings import DetectSettings
from hourglass.training.normal import Network, networks

RESULTS = Path("benchmarks/results/ours")


@dataclass(frozen=True)
class Method:
    """A detector: whose networks it looks at, and how; None stands for what params.yaml states for the first one."""

    variants: Sequence[str]
    scorers: Sequence[str] | None = None


METHODS: Mapping[str, Method] = {
    "rotated": Method(["rotated"]),
    "rotated_dense": Method(["rotated_dense"]),
    # Two networks, all terms of both.
    "rotated_ensemble": Method(["rotated", "rotated_dense"]),
    # The code by itself: how much the error adds.
    "rotated_codes": Method(["rotated"], ["neighbours", "direction"]),
    # The lecture's detector, and what scorers named beforehand make of the same network.
    "convolutional_pixel": Method(["convolutional"], ["pixel"]),
    "convolutional_combined": Method(["convolutional"], ["window", "neighbours", "direction"]),
}

# Named before the benchmark was run: the detector with convolutions, and the dense one, twice as fast.
CHAMPION, LIGHT = "rotated", "rotated_dense"


Networks = Mapping[str, Network]


def train(variants: Iterable[str], given: Task, seed: int) -> Networks:
    """Variant -> its network, trained on the images of a task."""
    return {name: networks(name, [seed], given.train, given.held_out, given.normal)[0] for name in variants}


def fitted(method: Method, found: Networks, given: Task) -> Detector:
    """The method's detector around networks trained on the task's images; held-out images set its threshold."""
    settings, chosen = params.section("detect", DetectSettings), [found[variant] for variant in method.variants]
    scorers = method.scorers or settings.scorers_of(method.variants[0])
    if scorers is None:
        raise SettingsError(f"params.yaml: detect.own: the benchmark needs {method.variants[0]} to state its scorers")
    return fit(chosen, scorers, given.train, given.held_out, given.normal, settings.false_alarm_rate)


def detector(method: Method, found: Networks, given: Task, seed: int) -> Detector:
    """The same with its threshold set as the stage `detect` sets it."""
    settings, whole = params.section("detect", DetectSettings), fitted(method, found, given)

    def from_scratch(known: Images) -> Detector:
        part = replace(given, train=known[:])
        return fitted(method, train(method.variants, part, seed), part)

    if method.scorers is None and set(method.variants) <= set(settings.halves):
        return replace(whole, threshold=halves.threshold(from_scratch, given.train, settings.false_alarm_rate))
    return whole


def measure(fitted: Detector, given: Task, calibrated: bool) -> dict[str, Any]:
    """How the detector ranks the test images, and if `calibrated` what its threshold makes of them."""
    scores, labels = fitted.score(given.test.images), given.test.labels
    found = judge(scores, labels, given.normal)
    if calibrated:
        alarms, anomalous = scores > fitted.threshold, labels != given.normal
        found["false_alarm_rates"] = float(alarms[~anomalous].mean())
        found["detection_rates"] = float(alarms[anomalous].mean())
    return found


def main(seed: int, contamination: float) -> None:
    """Measure the methods on every class; write one file.

    With anomalies hidden in the training images only how methods rank is measured: no threshold holds there.
    """
    torch.set_num_threads(params.common().threads)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in METHODS}
    for normal in range(len(arrays.describe().classes)):
        given = task(normal, contamination, seed)
        variants = dict.fromkeys(variant for method in METHODS.values() for variant in method.variants)
        trained = train(variants, given, seed)
        for name, method in METHODS.items():
            made = fitted(method, trained, given) if contamination else detector(method, trained, given, seed)
            found[name].append(measure(made, given, calibrated=not contamination))
            print(f"{name}, normal class {normal}: ROC-AUC {found[name][-1]['auc']:.4f}", flush=True)
    write_json(RESULTS / f"{seed}-{contamination:g}.json", {name: gather(rows) for name, rows in found.items()})


if __name__ == "__main__":
    sys.exit(attempt(lambda: main(int(sys.argv[1]), float(sys.argv[2]))))
