import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hourglass.core.files import read_json
from hourglass.data.arrays import Split
from hourglass.detectors.files import load_detector
from hourglass.stages import detect


def scores() -> list[float]:
    with Path("reports/scores/cvae.csv").open(newline="") as file:
        return [float(row["score"]) for row in csv.DictReader(file)]


def metrics() -> dict[str, Any]:
    found: dict[str, Any] = read_json(Path("reports/metrics/detect/cvae.json"))
    return found


def test_true_classes_judge_the_scores_and_never_make_them(repository: Path) -> None:
    """With the test labels permuted every score stays as it is; what the scores are worth does not."""
    detect.main("cvae")
    before, measured = scores(), metrics()
    labels = Path("data/prepared/test/labels.npy")
    np.save(labels, np.random.default_rng(0).permutation(np.load(labels)))
    detect.main("cvae")
    assert scores() == before
    assert metrics()["threshold"] == measured["threshold"]
    assert metrics()["roc_auc"] != measured["roc_auc"]
    assert metrics()["untrained"]["threshold"] == measured["untrained"]["threshold"]


def test_every_image_is_scored_as_if_it_were_normal(repository: Path, splits: dict[str, Split]) -> None:
    detect.main("cvae")
    detector = load_detector(Path("models/cvae/detector.safetensors"))
    held_out = splits["validation"].images[splits["validation"].labels == 4]
    expected = [*detector.score(splits["test"].images), *detector.score(held_out)]
    np.testing.assert_allclose(scores(), expected, rtol=1e-6)
    other = replace(detector, normal=0).score(splits["test"].images)
    assert not np.allclose(expected[:300], other, rtol=1e-3)
