"""Detectors whose file was altered: they fail when they are loaded, and never answer."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from hourglass.core import weights
from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.detection import scorer
from hourglass.detection.detector import Detector, NormalImages, fit
from hourglass.detection.files import load_detector, save_detector
from hourglass.models.autoencoder import Autoencoder

Tensors = dict[str, Tensor]


@pytest.fixture
def detector(networks: dict[str, Autoencoder], zeros: NormalImages) -> Detector:
    images = replace(zeros, normal=3, dataset="digits")
    return fit([networks["cvae"]], scorer.applicable(scorer.names(), networks["cvae"]), images, 0.1)


@pytest.fixture
def file(detector: Detector, tmp_path: Path) -> Path:
    save_detector(detector, tmp_path / "detector.safetensors")
    return tmp_path / "detector.safetensors"


def refused(file: Path) -> str:
    with pytest.raises(HourglassError, match=r"^.*detector\.safetensors holds .*; run `dvc repro` to rebuild it$") as e:
        load_detector(file)
    assert "\n" not in str(e.value)
    return str(e.value)


WRONG: dict[str, tuple[Any, ...]] = {
    "classes": (None, [0, 1, 2, 3], ["one"]),
    "image_fit": (None, "crop", 1),
    "normal": (-1, 10, 99, True, 1.0, None, "3", 10**20),
    "weights": ({}, [], {"pixel": 0.9}, {"pixel": "1"}, {"pixel": 2.0, "knn": -1.0}),
    "false_positive_rate": (0, 1, -0.1, 5, None, "0.1"),
    "threshold_method": ("guess", None, 5, []),
    "dataset": (None, 5, []),
    "models": ([],),
}


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in WRONG.items() for value in values],
    ids=lambda value: str(value)[:20],
)
def test_a_setting_out_of_range_is_refused(file: Path, name: str, value: Any) -> None:
    tensors, settings = weights.read(file, "detector")
    weights.write(file, "detector", tensors, settings | {name: value})
    refused(file)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("name", ["normal", "false_positive_rate"])
def test_a_setting_that_is_not_finite_is_refused(file: Path, name: str, value: str) -> None:
    tensors, settings = weights.read(file, "detector")
    weights.write(file, "detector", tensors, settings | {name: float(value)})
    assert "is no JSON number" in refused(file)


PROBED = ("std", "mean", "0.expected", "calibration_scores")


def with_value(name: str, value: float) -> Callable[[Tensors], Tensors]:
    def change(tensors: Tensors) -> Tensors:
        changed = tensors[name].clone()
        changed.view(-1)[0] = value
        return tensors | {name: changed}

    return change


@pytest.mark.parametrize(
    "change",
    [
        *(with_value(name, value) for name in PROBED for value in (float("nan"), float("inf"))),
        *(with_value(name, value) for name in ("std", "0.expected") for value in (0.0, -1.0)),
        *(with_value(f"0.knn.{name}", float("nan")) for name in ("codes", "mean")),
        lambda tensors: tensors | {"calibration_scores": tensors["calibration_scores"][:0]},
        lambda tensors: tensors | {"calibration_scores": tensors["calibration_scores"].flip(0)},
        lambda tensors: tensors | {"calibration_scores": tensors["calibration_scores"][None]},
        lambda tensors: tensors | {"std": tensors["std"][:-1]},
        lambda tensors: tensors | {"mean": tensors["mean"][None]},
        lambda tensors: tensors | {"mean": torch.cat([tensors["mean"], tensors["mean"]])},
        lambda tensors: tensors | {"0.expected": tensors["0.expected"][1:]},
        lambda tensors: tensors | {"0.knn.codes": tensors["0.knn.codes"][:, 1:]},
        lambda tensors: tensors | {"0.knn.codes": tensors["0.knn.codes"][:0]},
        lambda tensors: tensors | {"0.mahalanobis.mean": tensors["0.mahalanobis.mean"][1:]},
        lambda tensors: {name: value for name, value in tensors.items() if name != "0.knn.codes"},
        lambda tensors: {name: value for name, value in tensors.items() if name != "0.gaussian_mixture.weights"},
        lambda tensors: {name: value for name, value in tensors.items() if name != "std"},
    ],
)
def test_an_altered_tensor_is_refused(file: Path, change: Callable[[Tensors], Tensors]) -> None:
    tensors, settings = weights.read(file, "detector")
    altered = change(tensors)
    weights.write(file, "detector", altered, settings)
    refused(file)


def test_a_score_that_is_not_finite_is_no_answer(detector: Detector, digits: ImageSet) -> None:
    broken = replace(detector, std=torch.full_like(detector.std, float("nan")))
    with pytest.raises(HourglassError, match="5 anomaly scores are NaN or infinite"):
        broken.score(digits.first(5))


def test_plain_images_have_scores(detector: Detector) -> None:
    """What is probed on loading: no detector may be refused for them."""
    for value in (0, 1, 128, 255):
        assert np.isfinite(detector.score(ImageSet(np.full((1, 1, 8, 8), value, np.uint8)))).all()
