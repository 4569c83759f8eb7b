"""Fit one variant's anomaly detector, write it, and measure what was written on test images, beside its controls."""

import csv
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from hourglass.core import params
from hourglass.core.files import replacing, write_json
from hourglass.core.images import Images
from hourglass.data import arrays
from hourglass.data.settings import DataSettings
from hourglass.detectors import halves, registry
from hourglass.detectors.detector import Detector
from hourglass.detectors.files import load_detector, save_detector
from hourglass.detectors.fitting import fit
from hourglass.detectors.settings import DetectSettings
from hourglass.evaluation import controls, detection, localisation
from hourglass.evaluation.threshold import threshold_of
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build
from hourglass.training.checkpoints import load_model
from hourglass.training.session import trained
from hourglass.training.settings import schedule

# Normal test images on which defects are put.
DAMAGED = 300


def main(variant: str) -> None:
    seed, normal = params.common().seed, params.section("data", DataSettings).normal_class
    settings = params.section("detect", DetectSettings)
    classes, rate = arrays.describe().classes, settings.false_alarm_rate
    model, entry = load_model(Path(f"models/{variant}/normal.safetensors"))
    train, held_out = (arrays.only(arrays.load(part), normal, classes) for part in ("train", "validation"))
    test = arrays.load("test")

    def fitted(network: Autoencoder, scorers: list[str]) -> Detector:
        return fit([(network, entry)], scorers, train.images, held_out.images, normal, rate)

    def judge(scores: detection.Scores, threshold: float) -> dict[str, Any]:
        return detection.measure(scores, test.labels, normal, classes, threshold)

    def from_scratch(images: Images) -> Detector:
        plan, ordinary = schedule(variant, entry, "train_normal"), arrays.Split(images, np.full(len(images), normal))
        network, _ = trained(f"variants.{variant}", entry, plan, model.image_shape, seed, ordinary, held_out)
        return fit([(network.eval(), entry)], settings.scorers_of(variant), images, held_out.images, normal, rate)

    weights = Path(f"models/{variant}/detector.safetensors")
    detector = fitted(model, settings.scorers_of(variant))
    if variant in settings.halves:
        detector = replace(detector, threshold=halves.threshold(from_scratch, train.images, rate))
    save_detector(detector, weights)
    detector = load_detector(weights)  # what is measured is what is served
    scores = detector.score(test.images)
    found = judge(scores, detector.threshold)
    found |= {"scorers": list(detector.members[0].scorers), "intended_false_alarm_rate": rate}
    untrained = fitted(build(entry, model.image_shape, seed), settings.scorers_of(variant))
    found["untrained"] = judge(untrained.score(test.images), untrained.threshold)
    mean = controls.mean_image(train.images)
    threshold = threshold_of(controls.distance(held_out.images, mean), rate)
    found["mean_image"] = judge(controls.distance(test.images, mean), threshold)
    # Every scorer by itself, whether the detector uses it or not.
    names = registry.applicable(type(model))
    terms = fitted(model, names).terms(test.images)
    found["by_scorer"] = {name: detection.ranking(terms[:, i], test.labels != normal) for i, name in enumerate(names)}

    ordinary = arrays.only(test, normal, classes).images[:DAMAGED]
    found["localisation"], defects = localisation.trial(detector.maps, ordinary, seed)
    plain, _ = localisation.trial(lambda images: controls.deviations(images, mean), ordinary, seed)
    found["mean_image"]["localisation"] = plain
    write_json(Path(f"reports/metrics/detect/{variant}.json"), found)
    # One image of each class, and how strange each of its places is.
    first = test.images[np.array([np.argmax(test.labels == number) for number in range(len(classes))])]
    with replacing(Path(f"reports/maps/{variant}.npz")) as partial, partial.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, images=first, maps=detector.maps(first), **defects)

    new = (("test", number, float(value)) for number, value in zip(test.labels, scores, strict=True))
    known = (("validation", normal, float(value)) for value in detector.score(held_out.images))
    write_csv(Path(f"reports/scores/{variant}.csv"), ("split", "class", "score"), chain(new, known))
    points = detection.roc_points(scores, test.labels, normal)
    write_csv(Path(f"reports/roc/{variant}.csv"), ("false_alarm_rate", "detection_rate"), points)


def write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    with replacing(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(chain([header], rows))
