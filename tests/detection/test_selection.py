from math import comb
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import Detector, NormalImages, fit
from hourglass.detection.scorer import applicable, names
from hourglass.detection.selection import select, separations, sets
from hourglass.models.autoencoder import Autoencoder

# Values of three scorers on two images whose first pixel is bright; rotated, another pixel comes to the corner.
UNROTATED, ROTATED = {"a": [0, 1], "b": [1, 0], "c": [9, 9]}, {"a": [0, 3], "b": [3, 0], "c": [0, 0]}


class Stub:
    """A detector whose scorers return stated values for two images, and others once they are rotated."""

    members = (type("Member", (), {"scorers": dict.fromkeys("abc")}),)

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


def test_the_mean_of_the_selected_separates_best(two: ImageSet) -> None:
    """Neither of the first two separates the images by itself; together they do, and the third spoils it."""
    found = separations(stub(two), two)
    assert found["a", "b"] == 1
    assert found["a",] == pytest.approx(5 / 8)
    assert found["a", "b", "c"] == 0
    assert select(stub(two), two) == ["a", "b"]


def test_every_rotation_counts_the_same(networks: dict[str, Autoencoder], zeros: NormalImages) -> None:
    network, calibration = networks["undercomplete"], zeros.calibration
    candidates = fit([network], applicable(names(), network), zeros, 0.1)
    column = list(candidates.members[0].scorers).index("smoothed_residual")
    areas = []
    for turns in (1, 2, 3):
        rotated = ImageSet(np.rot90(calibration[:], turns, axes=(2, 3)).copy())
        scores = np.concatenate([candidates.standardised(images)[:, column] for images in (calibration, rotated)])
        areas.append(roc_auc_score(np.arange(len(scores)) >= len(calibration), scores))
    assert separations(candidates, calibration)["smoothed_residual",] == pytest.approx(np.mean(areas))


def test_images_that_are_not_square_turn_upside_down(two: ImageSet) -> None:
    wide = ImageSet(np.concatenate([two[:], np.zeros_like(two[:])], axis=3))
    assert select(stub(wide), wide) == ["a", "b"]


def test_of_equal_sets_the_smaller_is_selected(two: ImageSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scorer that separates by itself, beside others that add nothing."""
    monkeypatch.setitem(UNROTATED, "b", [0, 0])
    monkeypatch.setitem(UNROTATED, "c", [0, 0])
    monkeypatch.setitem(ROTATED, "a", [0, 0])
    monkeypatch.setitem(ROTATED, "b", [3, 3])
    found = separations(stub(two), two)
    assert found["b",] == found["b", "c"] == max(found.values()) == 1
    assert select(stub(two), two) == ["b"]
