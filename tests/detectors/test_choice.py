from collections.abc import Mapping
from math import comb
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from hourglass.detectors import registry
from hourglass.detectors.choice import best, separations, sets
from hourglass.detectors.detector import Detector
from hourglass.detectors.fitting import fit
from hourglass.models.autoencoder import Autoencoder

Pixels = NDArray[np.uint8]
Networks = dict[str, tuple[Autoencoder, dict[str, Any]]]
# What scorers say of images whose first pixel is 0, 1, ...: turned, another pixel comes to the corner.
ORIGINAL, TURNED = {"a": [0, 1], "b": [1, 0], "c": [9, 9]}, {"a": [0, 3], "b": [3, 0], "c": [0, 0]}


class Told:
    """A detector of which it is known what its scorers say of two images, and of the same when they are turned."""

    members = (type("Member", (), {"scorers": dict.fromkeys("abc")}),)

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    def terms(self, images: Pixels) -> NDArray[np.float32]:
        assert images.shape == self.shape, "a network takes images of one shape"
        said: Mapping[str, list[int]] = ORIGINAL if images[0, 0, 0, 0] == 1 else TURNED
        return np.array([said[name] for name in "abc"], np.float32).T


@pytest.fixture
def two() -> Pixels:
    images = np.zeros((2, 1, 2, 2), np.uint8)
    images[:, 0, 0, 0] = 1
    return images


def test_sets_are_all_of_up_to_three() -> None:
    found = list(sets("abcde"))
    assert len(found) == len({frozenset(one) for one in found}) == comb(5, 1) + comb(5, 2) + comb(5, 3)


def test_the_mean_of_the_chosen_tells_turned_images_from_originals(two: Pixels) -> None:
    """Neither of the first two orders the images by itself; together they do, and the third spoils it."""
    told = cast(Detector, Told(two.shape))
    found = separations(told, two)
    assert found["a", "b"] == 1
    assert found["a",] == pytest.approx(5 / 8)
    assert found["a", "b", "c"] == 0
    assert best(told, two) == ["a", "b"]


def test_every_turn_counts_the_same(networks: Networks, digits: dict[str, Pixels]) -> None:
    network, held_out = networks["undercomplete"], digits["held_out"]
    every = fit([network], registry.applicable(type(network[0])), digits["known"], held_out, 0, 0.1)
    column = list(every.members[0].scorers).index("window")
    areas = []
    for turn in (1, 2, 3):
        turned = np.rot90(held_out, turn, axes=(2, 3)).copy()
        scores = np.concatenate([every.terms(images)[:, column] for images in (held_out, turned)])
        areas.append(roc_auc_score(np.arange(len(scores)) >= len(held_out), scores))
    assert separations(every, held_out)["window",] == pytest.approx(np.mean(areas))


def test_images_that_are_not_square_are_turned_upside_down(two: Pixels) -> None:
    wide = np.concatenate([two, np.zeros_like(two)], axis=3)
    assert best(cast(Detector, Told(wide.shape)), wide) == ["a", "b"]


def test_of_equals_the_smaller_set_is_taken(two: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scorer that tells them by itself, beside others that add nothing."""
    monkeypatch.setitem(ORIGINAL, "b", [0, 0])
    monkeypatch.setitem(ORIGINAL, "c", [0, 0])
    monkeypatch.setitem(TURNED, "a", [0, 0])
    monkeypatch.setitem(TURNED, "b", [3, 3])
    found = separations(cast(Detector, Told(two.shape)), two)
    assert found["b",] == found["b", "c"] == max(found.values()) == 1
    assert best(cast(Detector, Told(two.shape)), two) == ["b"]
