from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from benchmarks import squeeze
from hourglass.core import layout, params
from hourglass.core.files import read_json, write_json
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import NormalImages, fit
from hourglass.training.recipe import Recipe
from hourglass.training.settings import TrainSettings
from hourglass.training.train import train


def test_each_value_is_measured_on_validation_images(
    digits: ImageSet, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a detector that is built by hand; there are no test images."""
    monkeypatch.chdir(tmp_path)
    network = {name: value for name, value in settings["variants"]["rotated"].items() if name != "module"}
    scorers = settings["detect"]["variants"]["rotated"]["scorers"]
    stated = {"rotated": {"module": "rotated", **network, "squeeze": 0.5}}
    write_json(params.PARAMS, settings | {"variants": stated})
    few = digits.subset(np.flatnonzero(digits.labels <= 2))
    parts = [few.subset(slice(number, None, 2)) for number in range(2)]
    for part, name in zip(parts, ("train", "validation"), strict=True):
        ImageSet(part[:], part.labels, digits.classes[:3]).save(layout.split(name))
    squeeze.main(3, "rotated", [1.0, 0.7])
    for value in (1.0, 0.7):
        found = read_json(squeeze.RESULTS / f"rotated-{value:g}-3.json")
        assert list(found) == ["0", "1", "2"]
        own, calibration = (part.subset(np.flatnonzero(part.labels == 1)) for part in parts)
        recipe = Recipe("", "rotated", {**network, "squeeze": value}, TrainSettings(**settings["train_normal"]))
        trained, _ = train(recipe, 3, own, calibration)
        detector = fit([trained], scorers, NormalImages(own, calibration, 1), 0.05)
        scores = detector.score(parts[1])
        assert found["1"] == pytest.approx(roc_auc_score(parts[1].labels != 1, scores), abs=1e-6)
