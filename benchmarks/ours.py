"""Our detectors, for one seed: every class in turn is the normal one.

    python -m benchmarks.ours 1 0.05       seed, share of anomalies hidden in the training images

Networks and their training are those of params.yaml, so that what is measured is what the pipeline offers. Detectors
that look at the same network share its training.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from benchmarks.protocol import Task, gather, judge, task
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.data import arrays
from hourglass.detectors.detector import Detector
from hourglass.detectors.fitting import fit as fit_detector
from hourglass.detectors.settings import DetectSettings
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build
from hourglass.training.fit import Examples, fit
from hourglass.training.settings import schedule
from hourglass.training.tensors import Tensors

RESULTS = Path("benchmarks/results/ours")


@dataclass(frozen=True)
class Method:
    """A detector: whose networks it looks at, and how; None stands for the scorers of params.yaml."""

    variants: Sequence[str]
    scorers: Sequence[str] | None = None


METHODS: Mapping[str, Method] = {
    "rotated": Method(["rotated"]),
    "rotated_dense": Method(["rotated_dense"]),
    # Two networks, all terms of both.
    "rotated_ensemble": Method(["rotated", "rotated_dense"]),
    # The code by itself: how much the error adds.
    "rotated_codes": Method(["rotated"], ["neighbours", "direction"]),
    # The lecture's detector, and what better scores make of the same network.
    "convolutional_pixel": Method(["convolutional"], ["pixel"]),
    "convolutional_combined": Method(["convolutional"], ["window", "neighbours", "direction"]),
}

# Named before any test image was scored: the detector with convolutions, and the dense one, several times faster. With
# anomalies hidden in the training images, only these are measured.
CHAMPION, LIGHT = "rotated", "rotated_dense"


def train(variant: str, given: Task, seed: int) -> tuple[Autoencoder, Mapping[str, Any]]:
    """The variant's network as `train_normal` trains it, on the images of a task; and its settings."""
    entry = params.variant(variant)
    model = build(entry, arrays.describe().image_shape, seed)
    known, held_out = (Examples(Tensors(images), None) for images in (given.train, given.held_out))
    fit(model, known, held_out, schedule(variant, entry, "train_normal"), seed)
    return model.eval(), entry


def detector(method: Method, networks: Mapping[str, Any], given: Task) -> Detector:
    """The method's detector around trained networks."""
    settings = params.section("detect", DetectSettings)
    chosen = [networks[variant] for variant in method.variants]
    scorers = method.scorers or settings.scorers_of(method.variants[0])
    return fit_detector(chosen, scorers, given.train, given.held_out, given.normal, settings.false_alarm_rate)


def main(seed: int, contamination: float) -> None:
    """Measure the methods on every class; write one file."""
    methods = {name: METHODS[name] for name in ((CHAMPION, LIGHT) if contamination else METHODS)}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in methods}
    for normal in range(len(arrays.describe().classes)):
        given = task(normal, contamination, seed)
        variants = dict.fromkeys(variant for method in methods.values() for variant in method.variants)
        networks = {variant: train(variant, given, seed) for variant in variants}
        for name, method in methods.items():
            fitted = detector(method, networks, given)
            scores = fitted.score(given.test.images)
            alarms, anomalous = scores > fitted.threshold, given.test.labels != normal
            rates = {"false_alarm_rates": float(alarms[~anomalous].mean())}
            rates["detection_rates"] = float(alarms[anomalous].mean())
            found[name].append(judge(scores, given.test.labels, normal) | rates)
            print(f"{name}, normal class {normal}: ROC-AUC {found[name][-1]['auc']:.4f}", flush=True)
    write_json(RESULTS / f"{seed}-{contamination:g}.json", {name: gather(rows) for name, rows in found.items()})


if __name__ == "__main__":
    torch.set_num_threads(params.common().threads)
    main(int(sys.argv[1]), float(sys.argv[2]))
