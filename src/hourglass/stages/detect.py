"""Measure one variant's anomaly detector on test images, beside its controls; keep every score."""

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hourglass.core import params
from hourglass.core.files import replacing, write_json
from hourglass.data import arrays
from hourglass.data.settings import DataSettings
from hourglass.evaluation import controls, detection
from hourglass.inference import score
from hourglass.models.build import build
from hourglass.training.checkpoints import load_model

Scorer = Callable[[arrays.Split], detection.Scores]


def main(variant: str) -> None:
    seed, normal = params.common().seed, params.section("data", DataSettings).normal_class
    classes = arrays.describe().classes
    model, settings = load_model(Path(f"models/{variant}/normal.safetensors"))
    untrained = build(settings, model.image_shape, seed).eval()
    train, held_out = (arrays.only(arrays.load(part), normal, classes) for part in ("train", "validation"))
    test = arrays.load("test")
    mean = controls.mean_image(train.images)

    def judge(scorer: Scorer) -> tuple[detection.Scores, dict[str, Any]]:
        scores, threshold = scorer(test), detection.threshold_of(scorer(held_out))
        return scores, detection.measure(scores, test.labels, normal, classes, threshold, seed)

    scores, found = judge(lambda split: score(model, split.images, normal))
    found["untrained"] = judge(lambda split: score(untrained, split.images, normal))[1]
    found["mean_image"] = judge(lambda split: controls.distance(split.images, mean))[1]
    write_json(Path(f"reports/metrics/detect/{variant}.json"), found)

    held_out_scores = score(model, held_out.images, normal)
    rows = [("test", number, float(value)) for number, value in zip(test.labels, scores, strict=True)]
    rows += [("validation", normal, float(value)) for value in held_out_scores]
    write_csv(Path(f"reports/scores/{variant}.csv"), ("split", "class", "score"), rows)
    points = detection.roc_points(scores, test.labels, normal)
    write_csv(Path(f"reports/roc/{variant}.csv"), ("false_alarm_rate", "detection_rate"), points)


def write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    with replacing(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
