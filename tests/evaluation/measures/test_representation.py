from typing import Any, cast

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from hourglass.core.metrics import Estimate
from hourglass.evaluation.context import Context
from hourglass.evaluation.inference import encode
from hourglass.evaluation.measures.representation import applies, examples, metrics, plane
from hourglass.evaluation.probes import Codes, class_probes, trustworthiness
from hourglass.models.build import build

SHAPE = (1, 8, 8)


def blobs(count: int, seed: int, apart: float = 10) -> tuple[Codes, np.ndarray]:
    """Codes of three classes, unit normal around three corners."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    return random.normal(apart * np.eye(3, 4)[labels]), labels


def test_metrics_are_those_of_the_first_images_latent_codes(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hourglass.evaluation.probes.TEST_CODES", 200)
    model = build("vanilla", {"latent_dim": 4}, SHAPE, seed=0).eval()
    found, test = cast(Any, metrics(model, context)), context.test.first(200)
    expected = class_probes(
        encode(model, context.train), context.train.labels, encode(model, test), test.labels, context.seed
    )
    assert {name: vars(found)[name] for name in vars(expected)} == vars(expected)
    assert applies(model)
    assert found.trustworthiness == trustworthiness(test[:].reshape(200, -1) / np.float32(255), encode(model, test))
    assert found.drawn_probe_accuracy is found.residual_probe_accuracy is None


def test_drawn_codes_tell_less_of_the_class_than_their_means(context: Context) -> None:
    model = build("vae", {"latent_dim": 4, "hidden": [16]}, SHAPE, seed=0).eval()
    found: Any = metrics(model, context)
    assert isinstance(found.drawn_probe_accuracy, Estimate)
    assert found.drawn_probe_accuracy.value < found.probe_accuracy.value
    # The prior is N(0, I) already, so that standardised draws are the draws.
    assert found.residual_probe_accuracy == found.drawn_probe_accuracy


def test_examples_are_points_with_their_classes(context: Context) -> None:
    model = build("vanilla", {"latent_dim": 2}, SHAPE, seed=0).eval()
    found = examples(model, context)
    np.testing.assert_array_equal(found["latent_codes"], encode(model, context.test))
    np.testing.assert_array_equal(found["labels"], context.test.labels)


@pytest.mark.parametrize("dimensions", [1, 2])
def test_codes_of_two_dimensions_are_drawn_as_they_are(dimensions: int) -> None:
    codes = np.random.default_rng(0).normal(size=(5, dimensions))
    points = plane(codes, seed=0)
    assert points.shape == (5, 2)
    np.testing.assert_array_equal(points[:, :dimensions], codes)


def test_plane_keeps_classes_together_and_repeats() -> None:
    codes, labels = blobs(150, 0)
    points = plane(codes.astype(np.float32), seed=0)
    assert points.shape == (150, 2)
    np.testing.assert_array_equal(points, plane(codes.astype(np.float32), seed=0))
    assert KNeighborsClassifier(5).fit(points[:100], labels[:100]).score(points[100:], labels[100:]) == 1
    trust = trustworthiness(codes, points)
    assert trust
    assert trust > 0.9


def test_codes_that_are_all_the_same_are_one_point() -> None:
    np.testing.assert_array_equal(plane(np.full((60, 5), 0.1, np.float32), seed=0), 0)
