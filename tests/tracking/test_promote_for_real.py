"""`hourglass promote` with two real detectors: no score is made up, and the champion scores by its own code."""

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from hourglass.core import layout
from hourglass.core.files import read_json, write_csv, write_json
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import NormalImages, fit
from hourglass.detection.files import load_detector, save_detector
from hourglass.models.checkpoints import load_model
from hourglass.stages import promote, publish
from tests.tracking.state import MODEL, accept, aliases, champion, client, numbers

# The network's latent code shows little of a bright corner, its reconstruction error much.
SCORERS = {"vanilla": ["knn"], "pca": ["pixel"]}
RNG = np.random.default_rng(5)
LABELS = np.arange(120) % 2


def images(contrast: int) -> ImageSet:
    """Images (120, 1, 8, 8) whose odd ones have a corner that is brighter by `contrast`."""
    pixels = RNG.integers(100, 140, (120, 1, 8, 8))
    pixels[LABELS == 1, :, :3, :3] += contrast
    return ImageSet(pixels.astype(np.uint8), LABELS, ["zero", "one"])


@pytest.fixture
def trained(database: Path) -> dict[str, float]:
    """Detectors of `pca` and `vanilla`, by different scorers, on validation images; returns their ROC-AUCs there."""
    validation, normal = images(contrast=25), images(contrast=0)
    validation.save(layout.split("validation"))
    summary = read_json(layout.SUMMARY)
    measured = {}
    for variant, scorers in SCORERS.items():
        model = load_model(layout.model(variant, "normal"))
        given = NormalImages(ImageSet(normal[:60]), ImageSet(normal[60:]), 0, dataset="digits")
        save_detector(fit([model], scorers, given, 0.05), layout.detector(variant))
        scores = load_detector(layout.detector(variant)).score(validation)
        measured[variant] = float(roc_auc_score(LABELS, scores))
        rows = zip(["validation"] * len(scores), LABELS, map(float, scores), strict=True)
        write_csv(layout.scores(variant), ("split", "class", "score"), rows)
        detection = read_json(layout.metrics("detect", variant))
        detection["validation"] = {"roc_auc": measured[variant], "roc_auc_ci": [0.0, 1.0]}
        write_json(layout.metrics("detect", variant), detection)
        summary[variant]["validation_roc_auc"] = measured[variant]
    write_json(layout.SUMMARY, summary)
    return measured


def test_a_better_detector_is_promoted_and_rolled_back(
    trained: dict[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    accept("pca", passed=False)
    publish.main()
    assert aliases()["champion"] == "vanilla"
    accept("pca", passed=True)
    publish.main()
    before = numbers()
    capsys.readouterr()
    assert promote.main(None, dry_run=True) == 0
    assert "dry run: pca is better than the champion, version 1 (vanilla)" in capsys.readouterr().out
    assert numbers() == before

    assert promote.main(None, dry_run=False) == 0
    assert aliases()["champion"] == "pca"
    noted = re.fullmatch(r"(\S+) \[(\S+), (\S+)\]", champion().tags["hourglass.difference"])
    assert noted
    difference, low, high = map(float, noted.groups())
    assert difference == pytest.approx(trained["pca"] - trained["vanilla"], abs=1e-4)
    assert 0.005 < low < difference < high < 0.5
    assert promote.main("vanilla", dry_run=False) == 1
    refused = client().get_model_version_by_alias(MODEL, "vanilla")
    assert refused.tags["hourglass.decision"] == "promoted", "it keeps why it was the first champion"

    promote.roll_back(dry_run=False)
    assert numbers() == before
