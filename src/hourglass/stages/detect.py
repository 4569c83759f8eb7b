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
from hourglass.core.images import Images, evenly
from hourglass.data import arrays
from hourglass.data.settings import DataSettings
from hourglass.detectors import choice, halves, maps, registry
from hourglass.detectors.detector import Detector
from hourglass.detectors.files import load_detector, save_detector
from hourglass.detectors.fitting import KNOWN, fit
from hourglass.detectors.settings import DetectSettings
from hourglass.evaluation import controls, detection, localisation
from hourglass.evaluation.threshold import threshold_of
from hourglass.models.build import build
from hourglass.training.checkpoints import load_model
from hourglass.training.normal import Network, networks

# Normal test images on which defects are put.
DAMAGED = 300


def main(variant: str) -> None:
    seed, normal = params.common().seed, params.section("data", DataSettings).normal_class
    settings = params.section("detect", DetectSettings)
    classes, rate = arrays.describe().classes, settings.false_alarm_rate
    model, entry = load_model(Path(f"models/{variant}/normal.safetensors"))
    train, held_out = (arrays.only(arrays.load(part), normal, classes) for part in ("train", "validation"))
    test = arrays.load("test")

    # One network is there already; the others of an ensemble start from the seeds that follow.
    seeds = range(seed, seed + settings.members_of(variant))

    def fitted(members: list[Network], names: list[str], known: Images) -> Detector:
        return fit(members, names, known, held_out.images, normal, rate)

    def judge(scores: detection.Scores, threshold: float) -> dict[str, Any]:
        return detection.measure(scores, test.labels, normal, classes, threshold)

    def trained_on(known: Images, seeds: range) -> list[Network]:
        return networks(variant, seeds, known, held_out.images, normal)

    weights = Path(f"models/{variant}/detector.safetensors")
    # Every scorer by itself, on the first network, whether the detector uses it or not.
    every = fitted([(model, entry)], registry.applicable(type(model)), train.images)
    scorers = settings.scorers_of(variant) or choice.best(every, held_out.images)
    detector = fitted([(model, entry), *trained_on(train.images, seeds[1:])], scorers, train.images)
    if variant in settings.halves:
        sharp = halves.threshold(lambda known: fitted(trained_on(known, seeds), scorers, known), train.images, rate)
        detector = replace(detector, threshold=sharp)
    save_detector(detector, weights)
    detector = load_detector(weights)  # what is measured is what is served
    scores = detector.score(test.images)
    found = judge(scores, detector.threshold)
    found |= {"scorers": scorers, "networks": len(detector.members), "intended_false_alarm_rate": rate}
    raw = [(build(entry, model.image_shape, seed), entry) for seed in seeds]
    untrained = fitted(raw, scorers, train.images)
    found["untrained"] = judge(untrained.score(test.images), untrained.threshold)
    mean = controls.mean_image(train.images)
    threshold = threshold_of(controls.distance(held_out.images, mean), rate)
    found["mean_image"] = judge(controls.distance(test.images, mean), threshold)
    terms = zip(every.members[0].scorers, every.terms(test.images).T, strict=True)
    found["by_scorer"] = {name: detection.ranking(values, test.labels != normal) for name, values in terms}

    ordinary = arrays.only(test, normal, classes).images[:DAMAGED]
    found["localisation"], defects = localisation.trial(detector.maps, ordinary, seed)
    found["untrained"]["localisation"], _ = localisation.trial(untrained.maps, ordinary, seed)
    plain = maps.of_reference(mean, evenly(train.images, KNOWN))
    found["mean_image"]["localisation"], _ = localisation.trial(plain, ordinary, seed)
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
