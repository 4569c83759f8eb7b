from typing import Any

import numpy as np
import pytest

from hourglass.core.metrics import Estimate, to_json
from hourglass.data.imageset import Labels
from hourglass.evaluation import probes
from hourglass.evaluation.probes import Codes, class_probes, knn_accuracy, labelled, probe_accuracy, trustworthiness

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


def test_separate_classes_are_predicted_without_error() -> None:
    found: Any = class_probes(*blobs(90, 0), *blobs(60, 1), seed=0)
    assert found.knn_accuracy.value == 1
    assert found.probe_accuracy.value == 1
    assert 0.5 < found.silhouette.value < 1


def test_silhouette_of_points_is_one() -> None:
    labels = np.arange(30) % 3
    points = np.eye(3)[labels]
    found: Any = class_probes(points, labels, points, labels, seed=0)
    assert found.silhouette.value == pytest.approx(1)


def test_codes_without_class_information_give_chance() -> None:
    train, train_labels = blobs(300, 0, apart=0)
    found: Any = class_probes(train, train_labels, *blobs(300, 1, apart=0), seed=0)
    assert found.knn_accuracy.value == pytest.approx(1 / 3, abs=0.08)
    assert found.probe_accuracy.value == pytest.approx(1 / 3, abs=0.08)
    assert found.silhouette.value == pytest.approx(0, abs=0.02)


def test_probe_needs_linear_classes_and_knn_near_ones() -> None:
    found: Any = class_probes(*crossed(600, 0), *crossed(200, 1), seed=0)
    assert found.knn_accuracy.value > 0.9
    assert found.probe_accuracy.value < 0.65


def test_a_majority_of_ten_neighbours_decides() -> None:
    train, test = np.zeros((10, 1)), np.zeros((4, 1))
    found: Any = class_probes(train, np.array([1] * 4 + [0] * 6), test, np.array([0, 0, 0, 1]), seed=0)
    assert found.knn_accuracy.value == 0.75


def test_only_knn_and_silhouette_depend_on_a_dimension_s_scale() -> None:
    """The probe standardises: a dimension counts by what it says, not by how large its numbers are."""
    (train, train_labels), (test, test_labels) = blobs(300, 0, apart=3), blobs(150, 1, apart=3)
    scale = np.array([1e-4, 1e-4, 1e-4, 1e4])  # the last dimension says nothing
    before: Any = class_probes(train, train_labels, test, test_labels, seed=0)
    after: Any = class_probes(train * scale, train_labels, test * scale, test_labels, seed=0)
    assert after.probe_accuracy.value == pytest.approx(before.probe_accuracy.value)
    assert after.knn_accuracy.value < 0.5 < 0.9 < before.knn_accuracy.value
    assert after.silhouette.value < 0.1 < before.silhouette.value


def test_later_codes_than_the_bounds_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "TRAIN_CODES", 60)
    monkeypatch.setattr(probes, "SILHOUETTE_CODES", 30)
    (train, train_labels), (test, test_labels) = blobs(120, 0), blobs(60, 1)
    before: Any = class_probes(train, train_labels, test, test_labels, seed=0)
    train_labels[60:] = 0
    assert class_probes(train, train_labels, test, test_labels, seed=0) == before
    test_labels[30:] = 0
    after: Any = class_probes(train, train_labels, test, test_labels, seed=0)
    assert after.silhouette.value == before.silhouette.value
    assert after.knn_accuracy.value < before.knn_accuracy.value, "every test code counts here"


def test_labels_per_class_are_as_many_as_asked_for() -> None:
    labels = np.repeat([0, 1, 5], [50, 8, 30])
    places = labelled(labels, 10, np.random.default_rng(0))
    assert len(set(places)) == len(places)
    assert np.bincount(labels[places]).tolist() == [10, 8, 0, 0, 0, 10], "all there are of a class that has fewer"
    np.testing.assert_array_equal(places, labelled(labels, 10, np.random.default_rng(0)))
    assert set(places) != set(labelled(labels, 10, np.random.default_rng(1)))


def test_labels_are_drawn_uniformly() -> None:
    random = np.random.default_rng(0)
    counts = np.bincount(np.concatenate([labelled(np.zeros(20, np.int64), 5, random) for _ in range(800)]))
    np.testing.assert_allclose(counts / 800, 1 / 4, atol=0.06)


def test_more_labels_give_higher_accuracy() -> None:
    found: Any = class_probes(*blobs(6000, 0, apart=2), *blobs(1000, 1, apart=2), seed=0)
    few, some, many = (getattr(found, f"probe_accuracy_{labels}").value for labels in (10, 100, 1000))
    assert few < some - 0.01
    assert some <= many + 0.005
    assert many == pytest.approx(found.probe_accuracy.value, abs=0.01)
    assert found.probe_accuracy_10_std > found.probe_accuracy_100_std > 0
    assert not hasattr(found, "probe_accuracy_1000_std"), "a single draw does not vary"


def test_draws_of_every_label_agree() -> None:
    """Eight codes per class are all there are to draw, whatever is asked for."""
    found: Any = class_probes(*blobs(24, 0, apart=2), *blobs(300, 1, apart=2), seed=0)
    for labels in (10, 100, 1000):
        assert getattr(found, f"probe_accuracy_{labels}").value == pytest.approx(found.probe_accuracy.value, abs=0.01)
    assert found.probe_accuracy_10_std == pytest.approx(0, abs=0.005)


def test_estimates_lie_in_their_intervals_and_repeat() -> None:
    data = *blobs(300, 0, apart=2), *blobs(150, 1, apart=2)
    found: Any = class_probes(*data, seed=1)
    assert class_probes(*data, seed=1) == found
    assert class_probes(*data, seed=2) != found
    estimates = {name: value for name, value in vars(found).items() if isinstance(value, Estimate)}
    few = {f"probe_accuracy_{count}" for count in (10, 100, 1000)}
    assert estimates.keys() == {"knn_accuracy", "probe_accuracy", "silhouette"} | few
    for name, estimate in estimates.items():
        assert estimate.low < estimate.value < estimate.high, name
    assert found.knn_accuracy == knn_accuracy(*data)
    assert found.probe_accuracy == probe_accuracy(*data)


def test_trustworthiness_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four images on a line, one neighbour each: swapping two costs what their rank exceeds one by."""
    monkeypatch.setattr(probes, "NEIGHBOURS", 1)
    pixels = np.array([[0.0], [1], [10], [11.5]])
    codes = np.array([[0.0], [10], [1], [11.5]])
    # The nearest codes are the third's, fourth's, first's and second's; so far away are their images in order:
    ranks = [2, 3, 3, 2]
    expected = 1 - 2 / (4 * 1 * (2 * 4 - 3 * 1 - 1)) * sum(rank - 1 for rank in ranks)
    assert trustworthiness(pixels, codes) == pytest.approx(expected)
    assert trustworthiness(pixels, pixels) == 1


def test_trustworthiness_depends_on_neighbours_not_distances() -> None:
    pixels = np.random.default_rng(0).normal(size=(200, 5))
    rotated = pixels @ np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))[0]
    assert trustworthiness(pixels, 7 * rotated - 3) == 1
    flat = trustworthiness(pixels, pixels[:, :2])
    unrelated = trustworthiness(pixels, np.random.default_rng(2).normal(size=(200, 2)))
    assert flat
    assert unrelated
    assert unrelated == pytest.approx(0.5, abs=0.05)
    assert unrelated + 0.1 < flat < 1


def test_trustworthiness_uses_the_first_images_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "TRUSTED_CODES", 50)
    random = np.random.default_rng(0)
    pixels, codes = random.normal(size=(80, 4)), random.normal(size=(80, 2))
    before = trustworthiness(pixels, codes)
    codes[50:] = 0
    assert trustworthiness(pixels, codes) == before


@pytest.mark.parametrize(
    ("train", "test", "reason"),
    [
        ([0] * 20, [0] * 5, "they have 1 and 1"),
        ([0, 1] * 10, [1] * 5, "they have 2 and 1"),
        ([0, 1] * 4, [0, 1] * 4, "10 training images are needed"),
        ([0, 1] * 10, [0, 1], "more test images than classes"),
    ],
)
def test_probes_without_classes_give_the_reason(train: list[int], test: list[int], reason: str) -> None:
    codes = [np.random.default_rng(0).normal(size=(len(labels), 3)) for labels in (train, test)]
    found = to_json(class_probes(codes[0], np.array(train), codes[1], np.array(test), seed=0))
    assert found.keys() == {"not_measured"}
    assert reason in found["not_measured"]


def test_trustworthiness_needs_more_than_twenty_images() -> None:
    pixels = np.random.default_rng(0).normal(size=(21, 5))
    assert trustworthiness(pixels, pixels) == 1
    assert trustworthiness(pixels[:20], pixels[:20]) is None
