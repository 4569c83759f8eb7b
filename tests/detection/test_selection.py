from math import comb
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from hourglass.data.imageset import ImageSet
from hourglass.detection.defects import DEFECTS, defective
from hourglass.detection.detector import Detector, NormalImages, fit
from hourglass.detection.scorer import applicable, names
from hourglass.detection.selection import TEMPERATURE, defects, rotations, select, separations, sets
from hourglass.models.autoencoder import Autoencoder

# Values of three scorers on two images whose first pixel is bright; rotated, another pixel comes to the corner.
UNROTATED, ROTATED = {"a": [0, 1], "b": [1, 0], "c": [9, 9]}, {"a": [0, 3], "b": [3, 0], "c": [0, 0]}


class Stub:
    """A detector whose scorers return stated values for two images, and others once they are rotated."""

    members = (None,)
    weights = dict.fromkeys("abc", 1 / 3)

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    def standardised(self, images: ImageSet) -> NDArray[np.float32]:
        assert images.shape == self.shape, "a network takes images of one shape"
        values = UNROTATED if images[:][0, 0, 0, 0] == 1 else ROTATED
        return np.array([values[name] for name in "abc"], np.float32).T


@pytest.fixture
def two() -> ImageSet:
    pixels = np.zeros((2, 1, 2, 2), np.uint8)
    pixels[:, 0, 0, 0] = 1
    return ImageSet(pixels)


def stub(images: ImageSet) -> Detector:
    return cast(Detector, Stub(images.shape))


def test_sets_are_all_of_up_to_three() -> None:
    found = list(sets("abcde"))
    assert len(found) == len({frozenset(one) for one in found}) == comb(5, 1) + comb(5, 2) + comb(5, 3)


def test_sets_are_separated_by_the_mean_of_their_scorers(two: ImageSet) -> None:
    """Neither of the first two separates the images by itself; together they do, and the third spoils it."""
    found = separations(stub(two), *rotations(two))
    assert found["a", "b"] == 1
    assert found["a",] == pytest.approx(5 / 8)
    assert found["a", "b", "c"] == 0


def test_every_rotation_counts_the_same(networks: dict[str, Autoencoder], zeros: NormalImages) -> None:
    network, calibration = networks["undercomplete"], zeros.calibration
    candidates = fit([network], applicable(names(), network), zeros, 0.1)
    column = list(candidates.members[0].scorers).index("smoothed_residual")
    areas = []
    for turns in (1, 2, 3):
        rotated = ImageSet(np.rot90(calibration[:], turns, axes=(2, 3)).copy())
        scores = np.concatenate([candidates.standardised(images)[:, column] for images in (calibration, rotated)])
        areas.append(roc_auc_score(np.arange(len(scores)) >= len(calibration), scores))
    assert separations(candidates, *rotations(calibration))["smoothed_residual",] == pytest.approx(np.mean(areas))


def test_images_that_are_not_square_turn_upside_down(two: ImageSet) -> None:
    wide = ImageSet(np.concatenate([two[:], np.zeros_like(two[:])], axis=3))
    assert separations(stub(wide), *rotations(wide))["a", "b"] == 1


def test_defects_stand_in_on_the_same_images(zeros: NormalImages) -> None:
    intact, found = defects(zeros.calibration, seed=3)
    np.testing.assert_array_equal(intact[:], zeros.calibration[:])
    for kind, images in zip(DEFECTS, found, strict=True):
        np.testing.assert_array_equal(images[:], defective(zeros.calibration, kind, seed=3).images[:])


def test_weights_by_defects_follow_from_the_separations(networks: dict[str, Autoencoder], zeros: NormalImages) -> None:
    candidates = fit([networks["undercomplete"]], ["pixel", "knn"], zeros, 0.1)
    found = separations(candidates, *defects(zeros.calibration, seed=3))
    weights = select(candidates, zeros.calibration, "defects", seed=3)
    assert (weights["pixel"] > weights["knn"]) == (found["pixel",] > found["knn",])
    assert weights != select(candidates, zeros.calibration)


def weights(monkeypatch: pytest.MonkeyPatch, found: dict[tuple[str, ...], float]) -> dict[str, float]:
    """The weights that follow from separations of sets."""
    monkeypatch.setattr("hourglass.detection.selection.separations", lambda *_: found)
    return select(cast(Detector, Stub((2, 1, 2, 2))), ImageSet(np.zeros((2, 1, 2, 2), np.uint8)))


def test_weights_are_positive_and_sum_to_one(two: ImageSet) -> None:
    found = select(stub(two), two)
    assert list(found) == ["a", "b", "c"]
    assert sum(found.values()) == pytest.approx(1)
    assert min(found.values()) > 0


def test_the_scorers_of_the_best_set_weigh_most(two: ImageSet) -> None:
    """By far here: other sets separate worse by many temperatures."""
    assert select(stub(two), two) == pytest.approx({"a": 0.5, "b": 0.5, "c": 0}, abs=1e-9)


def test_equal_sets_share_the_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    found = weights(monkeypatch, {("a",): 0.9, ("b",): 0.5, ("c",): 0.5, ("b", "c"): 0.9})
    assert found == pytest.approx({"a": 1 / 2, "b": 1 / 4, "c": 1 / 4}, abs=1e-9)


def test_a_set_is_e_times_as_heavy_per_temperature(monkeypatch: pytest.MonkeyPatch) -> None:
    found = weights(monkeypatch, {("a",): 0.9, ("b",): 0.9 - TEMPERATURE, ("c",): 0.9 - 2 * TEMPERATURE})
    assert found["a"] / found["b"] == pytest.approx(np.e)
    assert found["b"] / found["c"] == pytest.approx(np.e)


def test_a_change_of_the_best_set_changes_weights_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """One way or the other, the two sets are equally good but for rounding."""
    one, other = (weights(monkeypatch, {("a",): 0.9 + change, ("b", "c"): 0.9}) for change in (-1e-5, 1e-5))
    assert one == pytest.approx(other, abs=0.001)
