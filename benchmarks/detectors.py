"""Measure our detectors with one seed, each class in turn as the normal one.

    python -m benchmarks.detectors 1 0.05       seed, share of anomalies among the training images

Networks, training and thresholds are those of params.yaml, so the benchmark measures what the pipeline offers. One
exception is the ensemble of two variants, which belongs to the benchmark.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from benchmarks import protocol
from benchmarks.protocol import Task, TaskMetrics, tasks
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.metrics import to_json
from hourglass.core.params import Common
from hourglass.core.stage import attempt
from hourglass.detection.build import build
from hourglass.detection.detector import Detector, NormalImages
from hourglass.detection.metrics import performance
from hourglass.detection.settings import DetectorPlan, DetectSettings
from hourglass.models.autoencoder import Autoencoder
from hourglass.training.recipe import Recipe, for_normal_class
from hourglass.training.settings import TrainSettings, VariantSettings
from hourglass.training.train import train

RESULTS = Path("benchmarks/results/detectors")


@dataclass(frozen=True)
class Method:
    """A detector: the variants whose networks it has, and its scorers; None: those of the first variant's detector."""

    variants: Sequence[str]
    scorers: Sequence[str] | None = None


METHODS: Mapping[str, Method] = {
    "rotated": Method(["rotated"]),
    "rotated_dense": Method(["rotated_dense"]),
    # Two networks, the scorers of both.
    "rotated_ensemble": Method(["rotated", "rotated_dense"]),
    # Latent codes alone show how much residuals add.
    "rotated_latent": Method(["rotated"], ["knn", "cosine_knn"]),
    # The lecture's detector, and scorers that were stated beforehand on the same network.
    "convolutional_pixel": Method(["convolutional"], ["pixel"]),
    "convolutional_combined": Method(["convolutional"], ["smoothed_residual", "knn", "cosine_knn"]),
}

# Named before the benchmark was run: the detector with convolutions, and the dense one, which is faster.
CHAMPION, LIGHT = "rotated", "rotated_dense"


class Params(Common):
    """What the benchmark of our detectors reads of params.yaml."""

    train_normal: TrainSettings
    detect: DetectSettings
    variants: Mapping[str, VariantSettings]

    def recipe(self, variant: str) -> Recipe:
        """How the stage `train_normal` trains a variant."""
        return for_normal_class(self.variants, variant, self.train_normal)

    def plan(self, method: Method, clean: bool) -> DetectorPlan:
        """Settings of a method's detector: those of its first variant, but for scorers that the method states.

        The threshold is cross-conformal if the training images are clean, no scorers are stated, and each of the
        variants has it so.
        """
        plans = [self.detect.of(variant) for variant in method.variants]
        cross = clean and method.scorers is None and all(plan.threshold == "cross_conformal" for plan in plans)
        return plans[0].model_copy(
            update={
                "scorers": plans[0].scorers if method.scorers is None else list(method.scorers),
                "threshold": "cross_conformal" if cross else "calibration",
            }
        )


def build_detector(
    method: Method, settings: Params, task: Task, seed: int, trained: Sequence[Autoencoder] = ()
) -> Detector:
    """Build a method's detector as the stage `detect` does.

    Args:
        trained: the first of its networks, if they exist already.
    """
    recipes = [settings.recipe(variant) for variant in method.variants]
    images = NormalImages(task.train, task.calibration, task.normal)
    return build(settings.plan(method, not task.contamination), recipes, seed, images, trained)


def measure(detector: Detector, task: Task) -> TaskMetrics:
    """Measure how a detector ranks the test images, and its threshold unless it saw contaminated images."""
    scores = detector.score(task.test)
    found = protocol.measure(scores, task)
    if task.contamination:
        return found
    rates = performance(scores, detector.threshold, task.test, [task.normal])
    return replace(found, false_positive_rate=rates.false_alarm_rate, true_positive_rate=rates.true_positive_rate)


def main(seed: int, contamination: float) -> None:
    """Write one file: method -> normal class -> metrics."""
    settings = params.read(Params)
    torch.set_num_threads(settings.threads)
    variants = dict.fromkeys(variant for method in METHODS.values() for variant in method.variants)
    found: dict[str, dict[int, TaskMetrics]] = {name: {} for name in METHODS}
    for task in tasks(contamination, seed):
        # Detectors with the same network share its training.
        trained = {name: train(settings.recipe(name), seed, task.train, task.calibration)[0] for name in variants}
        for name, method in METHODS.items():
            networks = [trained[variant] for variant in method.variants]
            metrics = measure(build_detector(method, settings, task, seed, networks), task)
            found[name][task.normal] = metrics
            print(f"{name}, normal class {task.normal}: ROC-AUC {metrics.roc_auc:.4f}", flush=True)
    write_json(RESULTS / f"{seed}-{contamination:g}.json", to_json(found))


if __name__ == "__main__":
    sys.exit(attempt(lambda: main(int(sys.argv[1]), float(sys.argv[2]))))
