import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from hourglass.evaluation import representation
from hourglass.evaluation.representation import Codes, Labels, labelled, measure, picture, trustworthiness

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
    found = measure(*blobs(90, 0), *blobs(60, 1), seed=0)
    assert found["knn_accuracy"] == 1
    assert found["probe_accuracy"] == 1
    assert 0.5 < found["silhouette"] < 1


def test_silhouette_of_points_is_one() -> None:
    labels = np.arange(30) % 3
    points = np.eye(3)[labels]
    assert measure(points, labels, points, labels, seed=0)["silhouette"] == pytest.approx(1)


def test_codes_without_the_classes_are_read_by_chance() -> None:
    train, train_labels = blobs(300, 0, apart=0)
    found = measure(train, train_labels, *blobs(300, 1, apart=0), seed=0)
    assert found["knn_accuracy"] == pytest.approx(1 / 3, abs=0.08)
    assert found["probe_accuracy"] == pytest.approx(1 / 3, abs=0.08)
    assert found["silhouette"] == pytest.approx(0, abs=0.02)


def test_the_probe_reads_what_is_linear_and_neighbours_what_is_near() -> None:
    found = measure(*crossed(600, 0), *crossed(200, 1), seed=0)
    assert found["knn_accuracy"] > 0.9
    assert found["probe_accuracy"] < 0.65


def test_a_majority_of_ten_neighbours_decides() -> None:
    train, test = np.zeros((10, 1)), np.zeros((4, 1))
    found = measure(train, np.array([1] * 4 + [0] * 6), test, np.array([0, 0, 0, 1]), seed=0)
    assert found["knn_accuracy"] == 0.75


def test_only_neighbours_and_silhouette_depend_on_the_scale_of_a_dimension() -> None:
    """The probe standardises: a dimension counts by what it says, not by how large its numbers are."""
    (train, train_labels), (test, test_labels) = blobs(300, 0, apart=3), blobs(150, 1, apart=3)
    scale = np.array([1e-4, 1e-4, 1e-4, 1e4])  # the last dimension says nothing
    before = measure(train, train_labels, test, test_labels, seed=0)
    after = measure(train * scale, train_labels, test * scale, test_labels, seed=0)
    assert after["probe_accuracy"] == pytest.approx(before["probe_accuracy"])
    assert after["knn_accuracy"] < 0.5 < 0.9 < before["knn_accuracy"]
    assert after["silhouette"] < 0.1 < before["silhouette"]


def test_later_codes_than_the_bounds_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(representation, "TRAIN_CODES", 60)
    monkeypatch.setattr(representation, "SILHOUETTE_CODES", 30)
    (train, train_labels), (test, test_labels) = blobs(120, 0), blobs(60, 1)
    before = measure(train, train_labels, test, test_labels, seed=0)
    train_labels[60:] = 0
    assert measure(train, train_labels, test, test_labels, seed=0) == before
    test_labels[30:] = 0
    after = measure(train, train_labels, test, test_labels, seed=0)
    assert after["silhouette"] == before["silhouette"]
    assert after["knn_accuracy"] < before["knn_accuracy"], "every test code counts here"


def test_as_many_labels_a_class_as_asked_for_and_no_more() -> None:
    labels = np.repeat([0, 1, 5], [50, 8, 30])
    places = labelled(labels, 10, np.random.default_rng(0))
    assert len(set(places)) == len(places)
    assert np.bincount(labels[places]).tolist() == [10, 8, 0, 0, 0, 10], "all there are of a class that has fewer"
    np.testing.assert_array_equal(places, labelled(labels, 10, np.random.default_rng(0)))
    assert set(places) != set(labelled(labels, 10, np.random.default_rng(1)))


def test_labels_are_drawn_alike() -> None:
    random = np.random.default_rng(0)
    counts = np.bincount(np.concatenate([labelled(np.zeros(20, np.int64), 5, random) for _ in range(800)]))
    np.testing.assert_allclose(counts / 800, 1 / 4, atol=0.06)


def test_more_labels_read_more() -> None:
    found = measure(*blobs(6000, 0, apart=2), *blobs(1000, 1, apart=2), seed=0)
    few, some, many = (found[f"probe_accuracy_{labels}"] for labels in (10, 100, 1000))
    assert few < some - 0.01
    assert some <= many + 0.005
    assert many == pytest.approx(found["probe_accuracy"], abs=0.01)
    assert found["probe_accuracy_10_std"] > found["probe_accuracy_100_std"] > 0
    assert "probe_accuracy_1000_std" not in found, "a single draw does not vary"


def test_where_every_label_is_drawn_the_draws_agree() -> None:
    """Eight codes a class are all there are to draw, whatever is asked for."""
    found = measure(*blobs(24, 0, apart=2), *blobs(300, 1, apart=2), seed=0)
    for labels in (10, 100, 1000):
        assert found[f"probe_accuracy_{labels}"] == pytest.approx(found["probe_accuracy"], abs=0.01)
    assert found["probe_accuracy_10_std"] == pytest.approx(0, abs=0.005)


def test_every_figure_lies_in_its_interval_and_a_rerun_is_the_same() -> None:
    data = *blobs(300, 0, apart=2), *blobs(150, 1, apart=2)
    found = measure(*data, seed=1)
    assert measure(*data, seed=1) == found
    assert measure(*data, seed=2) != found
    names = {name for name in found if not name.endswith(("_ci", "_std"))}
    assert names == {"knn_accuracy", "probe_accuracy", "silhouette"} | {f"probe_accuracy_{n}" for n in (10, 100, 1000)}
    for name in names:
        low, high = np.array(found[f"{name}_ci"])
        assert low < found[name] < high, name


def test_trustworthiness_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four images on a line, one neighbour each: swapping two costs what their rank exceeds one by."""
    monkeypatch.setattr(representation, "NEIGHBOURS", 1)
    pixels = np.array([[0.0], [1], [10], [11.5]])
    codes = np.array([[0.0], [10], [1], [11.5]])
    # The nearest codes are the third's, fourth's, first's and second's; so far away are their images in order:
    ranks = [2, 3, 3, 2]
    expected = 1 - 2 / (4 * 1 * (2 * 4 - 3 * 1 - 1)) * sum(rank - 1 for rank in ranks)
    assert trustworthiness(pixels, codes) == pytest.approx(expected)
    assert trustworthiness(pixels, pixels) == 1


def test_trustworthiness_asks_for_neighbours_and_not_for_distances() -> None:
    pixels = np.random.default_rng(0).normal(size=(200, 5))
    turned = pixels @ np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))[0]
    assert trustworthiness(pixels, 7 * turned - 3) == 1
    flat = trustworthiness(pixels, pixels[:, :2])
    unrelated = trustworthiness(pixels, np.random.default_rng(2).normal(size=(200, 2)))
    assert unrelated == pytest.approx(0.5, abs=0.05)
    assert unrelated + 0.1 < flat < 1


def test_only_the_first_images_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(representation, "TRUSTED_CODES", 50)
    random = np.random.default_rng(0)
    pixels, codes = random.normal(size=(80, 4)), random.normal(size=(80, 2))
    before = trustworthiness(pixels, codes)
    codes[50:] = 0
    assert trustworthiness(pixels, codes) == before


@pytest.mark.parametrize("dimensions", [1, 2])
def test_codes_of_two_numbers_are_their_own_picture(dimensions: int) -> None:
    codes = np.random.default_rng(0).normal(size=(5, dimensions))
    points = picture(codes, seed=0)
    assert points.shape == (5, 2)
    np.testing.assert_array_equal(points[:, :dimensions], codes)


def test_the_picture_keeps_classes_together_and_is_the_same_again() -> None:
    codes, labels = blobs(150, 0)
    points = picture(codes.astype(np.float32), seed=0)
    assert points.shape == (150, 2)
    np.testing.assert_array_equal(points, picture(codes.astype(np.float32), seed=0))
    assert KNeighborsClassifier(5).fit(points[:100], labels[:100]).score(points[100:], labels[100:]) == 1
    assert trustworthiness(codes, points) > 0.9


def test_codes_that_are_all_the_same_are_one_point() -> None:
    np.testing.assert_array_equal(picture(np.full((60, 5), 0.1, np.float32), seed=0), 0)
