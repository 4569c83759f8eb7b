"""Maps against masks, and AUPRO against its definition, one threshold after another."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import label
from sklearn.metrics import roc_auc_score

from hourglass.data.imageset import ImageSet
from hourglass.data.masks import DEFECT, INTACT, UNKNOWN
from hourglass.detection import marks
from hourglass.detection.marks import LIMIT, aupro, localise_marked, marked

SIDE = 16


@pytest.fixture
def masks() -> NDArray[np.bool_]:
    """Two images with regions of unequal size, some of which touch at corners only, and an intact one."""
    found = np.zeros((3, SIDE, SIDE), bool)
    found[0, 2:8, 2:9] = found[0, 8, 9] = found[1, 1, 1:3] = found[1, 10:12, 3:6] = True
    return found


@pytest.fixture
def maps(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Higher in defects, with many ties."""
    return (np.random.default_rng(0).normal(masks, 1.0) * 4).round() / 4


def by_definition(maps: NDArray[np.float64], masks: NDArray[np.bool_]) -> float:
    regions = []
    for number, mask in enumerate(masks):
        numbered, count = label(mask, np.ones((3, 3)))
        regions += [maps[number][numbered == region] for region in range(1, count + 1)]
    rates, overlaps = [0.0], [0.0]
    for threshold in np.unique(maps)[::-1]:
        rates.append(float((maps[~masks] >= threshold).mean()))
        overlaps.append(float(np.mean([(region >= threshold).mean() for region in regions])))
    grid = np.linspace(0, LIMIT, 200_001)
    return float(np.interp(grid, rates, overlaps).mean())


def test_aupro_is_what_its_definition_says(maps: NDArray[np.float64], masks: NDArray[np.bool_]) -> None:
    assert aupro(maps, masks) == pytest.approx(by_definition(maps, masks), abs=1e-5)
    assert 0.2 < aupro(maps, masks) < 0.9


def test_a_small_defect_counts_as_much_as_a_large_one(masks: NDArray[np.bool_]) -> None:
    """The first of three regions has 43 of 51 pixels."""
    missed = masks.astype(float)
    missed[0] = 0
    assert aupro(missed, masks) == pytest.approx(2 / 3 + 1 / 3 * LIMIT / 2)
    assert localise_marked(missed, masks)["pixel_roc_auc"] < 0.6


def test_perfect_maps_score_one_and_inverted_ones_zero(masks: NDArray[np.bool_]) -> None:
    assert localise_marked(masks.astype(float), masks) == {"pixel_roc_auc": 1, "aupro": 1}
    assert localise_marked(1.0 - masks, masks) == {"pixel_roc_auc": 0, "aupro": 0}


def test_pixel_roc_auc_is_over_all_pixels(maps: NDArray[np.float64], masks: NDArray[np.bool_]) -> None:
    assert localise_marked(maps, masks)["pixel_roc_auc"] == pytest.approx(roc_auc_score(masks.ravel(), maps.ravel()))


def labelled(count: int, *labels: int) -> ImageSet:
    return ImageSet(np.zeros((count, 1, SIDE, SIDE), np.uint8), np.array(labels), ("good", "dent", "grass"))


def test_only_images_that_are_known_pixel_by_pixel_count(masks: NDArray[np.bool_]) -> None:
    """Good ones without a mask are intact; another texture without one is not known."""
    images = labelled(4, 1, 0, 2, 1)
    given = np.full((4, SIDE, SIDE), UNKNOWN, np.uint8)
    given[[0, 3]] = np.where(masks[:2], DEFECT, INTACT)
    found = marked(images, given, [0])
    assert found is not None
    assert found.images.labels.tolist() == [1, 0, 1]
    np.testing.assert_array_equal(found.masks, [masks[0], np.zeros((SIDE, SIDE), bool), masks[1]])


@pytest.mark.parametrize("value", [None, INTACT, UNKNOWN])
def test_without_a_marked_pixel_there_is_nothing_to_measure(value: int | None) -> None:
    given = None if value is None else np.full((2, SIDE, SIDE), value, np.uint8)
    assert marked(labelled(2, 0, 1), given, [0]) is None


def test_too_many_pixels_leave_images_out_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "PIXELS", 3 * SIDE**2)
    given = np.full((9, SIDE, SIDE), DEFECT, np.uint8)
    found = marked(labelled(9, *range(9)), given, [0])
    assert found is not None
    assert found.images.labels.tolist() == [0, 4, 8]
