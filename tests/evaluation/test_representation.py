import numpy as np
import pytest

from hourglass.evaluation import representation
from hourglass.evaluation.representation import Codes, Labels, measure

DIMENSIONS = 4


def blobs(count: int, seed: int, apart: float = 10) -> tuple[Codes, Labels]:
    """Codes of three classes, unit normal around three corners."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    return random.normal(apart * np.eye(3, DIMENSIONS)[labels]), labels


def crossed(count: int, seed: int) -> tuple[Codes, Labels]:
    """Two classes, each in two opposite quadrants: near to its own, yet no line separates it."""
    codes = np.random.default_rng(seed).uniform(-1, 1, (count, 2))
    return codes, (codes.prod(axis=1) > 0).astype(np.int64)


def test_classes_that_lie_apart_are_read_without_an_error() -> None:
    found = measure(*blobs(90, 0), *blobs(60, 1))
    assert found["knn_accuracy"] == 1
    assert found["probe_accuracy"] == 1
    assert 0.5 < found["silhouette"] < 1


def test_silhouette_of_points_is_one() -> None:
    labels = np.arange(30) % 3
    points = np.eye(3)[labels]
    assert measure(points, labels, points, labels)["silhouette"] == pytest.approx(1)


def test_codes_without_the_classes_are_read_by_chance() -> None:
    train, train_labels = blobs(300, 0, apart=0)
    found = measure(train, train_labels, *blobs(300, 1, apart=0))
    assert found["knn_accuracy"] == pytest.approx(1 / 3, abs=0.08)
    assert found["probe_accuracy"] == pytest.approx(1 / 3, abs=0.08)
    assert found["silhouette"] == pytest.approx(0, abs=0.02)


def test_the_probe_reads_what_is_linear_and_neighbours_what_is_near() -> None:
    found = measure(*crossed(600, 0), *crossed(200, 1))
    assert found["knn_accuracy"] > 0.9
    assert found["probe_accuracy"] < 0.65


def test_a_majority_of_ten_neighbours_decides() -> None:
    train, test = np.zeros((10, 1)), np.zeros((4, 1))
    found = measure(train, np.array([1] * 4 + [0] * 6), test, np.array([0, 0, 0, 1]))
    assert found["knn_accuracy"] == 0.75


def test_only_neighbours_and_silhouette_depend_on_the_scale_of_a_dimension() -> None:
    """The probe standardises: a dimension counts by what it says, not by how large its numbers are."""
    (train, train_labels), (test, test_labels) = blobs(300, 0, apart=3), blobs(150, 1, apart=3)
    scale = np.array([1e-4, 1e-4, 1e-4, 1e4])  # the last dimension says nothing
    before = measure(train, train_labels, test, test_labels)
    after = measure(train * scale, train_labels, test * scale, test_labels)
    assert after["probe_accuracy"] == pytest.approx(before["probe_accuracy"])
    assert after["knn_accuracy"] < 0.5 < 0.9 < before["knn_accuracy"]
    assert after["silhouette"] < 0.1 < before["silhouette"]


def test_later_codes_than_the_bounds_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(representation, "TRAIN_CODES", 60)
    monkeypatch.setattr(representation, "SILHOUETTE_CODES", 30)
    (train, train_labels), (test, test_labels) = blobs(120, 0), blobs(60, 1)
    before = measure(train, train_labels, test, test_labels)
    train_labels[60:] = 0
    assert measure(train, train_labels, test, test_labels) == before
    test_labels[30:] = 0
    after = measure(train, train_labels, test, test_labels)
    assert after["silhouette"] == before["silhouette"]
    assert after["knn_accuracy"] < before["knn_accuracy"], "every test code counts here"
