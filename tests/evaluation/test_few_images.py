"""Folders of the user's own images may have one class, few images, or classes that a split lacks."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hourglass.core.metrics import to_json
from hourglass.data.imageset import ImageSet
from hourglass.evaluation import controls, image_files, reference_classifier
from hourglass.evaluation.context import Context
from hourglass.evaluation.run import evaluate
from hourglass.models.build import build

SHAPE = (3, 16, 24)
MODELS: dict[str, dict[str, Any]] = {
    "pca": {"latent_dim": 3},
    "convolutional": {"latent_dim": 3, "channels": [4], "hidden": 8},
    "vae": {"latent_dim": 2, "hidden": [8]},
    "cvae": {"latent_dim": 2, "hidden": [8]},
    "denoising": {"latent_dim": 3, "channels": [4], "hidden": 8, "noise": "gaussian", "level": 0.3},
    "sparse": {"latent_dim": 6, "penalty": "l1", "weight": 0.001},
    "vqvae": {"latent_dim": 24, "channels": [4, 4], "codes": 4},
}


def images(labels: list[int], seed: int) -> ImageSet:
    pixels = np.random.default_rng(seed).integers(0, 256, (len(labels), *SHAPE), np.uint8)
    return ImageSet(pixels, np.array(labels), ("good", "bent", "torn"))


def context(train: list[int], test: list[int]) -> Context:
    learned, validation, tested = (images(labels, seed) for seed, labels in enumerate((train, train[:3], test)))
    classifier = reference_classifier.untrained(SHAPE, 3, seed=0).eval()
    files = image_files.measure(tested[:])
    return Context(learned, validation, tested, classifier, files, importance_samples=2, seed=1)


def has_not_a_number(found: Any) -> bool:
    return "NaN" in json.dumps(found) or "Infinity" in json.dumps(found)


FOLDERS = {
    "one class": ([0] * 8, [0] * 5),
    "a class that is not tested": ([0, 1] * 12, [0] * 24),
    "a class that is not trained": ([0] * 24, [0, 1] * 12),
    "three classes": ([0, 1, 2] * 10, [0, 1, 2] * 8),
}


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("module", ["pca", "cvae"])
def test_every_measure_works_on_every_folder(module: str, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    measure(module, folder, monkeypatch)


@pytest.mark.parametrize("module", sorted(MODELS.keys() - {"pca", "cvae"}))
def test_every_measure_works_on_one_class(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    measure(module, "one class", monkeypatch)


def measure(module: str, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure an untrained network; what is not measured is missing, and nothing is NaN."""
    monkeypatch.setattr("hourglass.evaluation.measures.representation.TSNE_ITERATIONS", 250)  # for speed
    found, examples = evaluate(build(module, MODELS[module], SHAPE, seed=0).eval(), context(*FOLDERS[folder]))
    assert not has_not_a_number(found)
    assert all(np.isfinite(array).all() for name, array in examples.items() if "observed" not in name)
    measured = "not_measured" not in found["representation"]
    assert measured == ("knn_accuracy" in found["representation"]) == (folder == "three classes")
    if "generation" in found:
        several = len(set(FOLDERS[folder][0])) > 1
        assert several == ("frechet" in found["generation"]) == ("not_measured" not in found["generation"])


def test_controls_and_classifier_give_the_reason() -> None:
    one = context([0] * 8, [0] * 5)
    pixels = to_json(controls.raw_pixels(one.train, one.test, seed=1))
    assert pixels["representation"].keys() == {"not_measured", "trustworthiness"}
    found = to_json(reference_classifier.measure(one.reference, one.train, one.test, seed=1))
    assert found.keys() == {"not_measured"}
    few = context([0, 1] * 4, [0, 1] * 3)
    found = to_json(reference_classifier.measure(few.reference, few.train, few.test, seed=1))
    assert "there are 8 and 6" in found["not_measured"]


def test_interpolations_need_no_second_class() -> None:
    one = context([0] * 8, [0] * 5)
    model = build("pca", MODELS["pca"], SHAPE, seed=0).eval()
    _, examples = evaluate(model, one)
    assert examples["interpolations"].shape == (1, 9, *SHAPE)


def test_a_classifier_that_learned_nothing_compares_no_images(tmp_path: Path) -> None:
    several = context([0, 1, 2] * 10, [0, 1, 2] * 8)
    several.reference.failure = "training diverged"
    reference_classifier.save(several.reference, tmp_path / "c.safetensors")
    loaded = reference_classifier.load(tmp_path / "c.safetensors")
    found = to_json(reference_classifier.measure(loaded, several.train, several.test, seed=1))
    reason = "the reference classifier cannot tell the classes apart (training diverged)"
    assert found == {"not_measured": reason}
    model = build("vae", MODELS["vae"], SHAPE, seed=0).eval()
    found, _ = evaluate(model, replace(several, reference=loaded))
    assert found["generation"] == {"source": "prior", "not_measured": reason}
