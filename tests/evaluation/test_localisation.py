from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from hourglass.evaluation.localisation import CHANGED, COVERED, DEFECTS, SHOWN, STRENGTHS, Images, damage, trial

SHAPES = [(1, 28, 28), (3, 32, 32), (1, 8, 8), (1, 28, 20), (3, 7, 11)]


def grey(shape: Sequence[int], count: int = 60) -> Images:
    """Noise around a bright middle, on black."""
    images = np.random.default_rng(2).integers(0, 256, (count, *shape), dtype=np.uint8)
    images[..., : shape[1] // 4, :] = 0
    return images


def size_of(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """Height and width of the box around what is marked."""
    rows, columns = np.nonzero(mask)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


@pytest.mark.parametrize("kind", DEFECTS)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))
def test_every_image_has_a_defect_that_can_be_seen(shape: tuple[int, int, int], kind: str) -> None:
    images = grey(shape)
    damaged, masks = damage(images, kind, seed=0)
    assert (damaged.shape, masks.shape) == (images.shape, (60, *shape[1:]))
    assert damaged.dtype == np.uint8
    assert masks.any(axis=(1, 2)).all()
    difference = np.abs(damaged.astype(int) - images).max(1)
    assert difference[masks].min() >= CHANGED
    assert difference.max() <= STRENGTHS[1]
    assert (difference.max(axis=(1, 2)) >= STRENGTHS[0]).all()


@pytest.mark.parametrize("kind", DEFECTS)
@pytest.mark.parametrize("value", [0, 127, 128, 255])
@pytest.mark.parametrize("side", [8, 28])
def test_a_defect_shows_on_an_image_of_one_grey(side: int, value: int, kind: str) -> None:
    """An image that shows nothing, too: towards the farther end of the scale there is always room."""
    images = np.full((40, 1, side, side), value, np.uint8)
    damaged, masks = damage(images, kind, seed=1)
    assert masks.any(axis=(1, 2)).all()
    assert ((damaged > images) if value < 128 else (damaged < images))[:, 0][masks].all()


@pytest.mark.parametrize("kind", DEFECTS)
def test_a_defect_is_local(kind: str) -> None:
    """Away from it every pixel is as it was: a stain, whose edge fades, reaches no farther than half the image."""
    images = grey((3, 32, 32))
    damaged, masks = damage(images, kind, seed=0)
    rows, columns = np.indices((32, 32))
    for before, after, mask in zip(images, damaged, masks, strict=True):
        row, column = (found.mean() for found in np.nonzero(mask))
        far = np.hypot(rows - row, columns - column) > 17
        assert far.any()
        np.testing.assert_array_equal(after[:, far], before[:, far])
        if kind != "stain":
            assert (after != before).any(0).sum() <= 32 * 32 / 8


@pytest.mark.parametrize(("kind", "longest"), [("patch", 1 / 4), ("scratch", 1 / 2), ("stain", 0.36)])
def test_a_defect_has_the_size_that_is_stated(kind: str, longest: float) -> None:
    """Sides of an image without edges, and one pixel of rounding. A stain is marked where half of it is left."""
    _, masks = damage(np.full((300, 1, 100, 100), 60, np.uint8), kind, seed=0)
    longer = np.array([max(size_of(mask)) for mask in masks])
    assert 0.9 * longest * 100 < longer.max() <= longest * 100 + 2
    thinner = np.array([mask.sum() for mask in masks]) / longer
    assert thinner.max() < (7 if kind == "scratch" else longest * 100 + 1)


def test_defects_fall_on_what_is_shown() -> None:
    images = np.zeros((80, 1, 40, 40), np.uint8)
    images[..., 24:36, 24:36] = 200
    _, masks = damage(images, "patch", seed=0)
    for mask in masks:
        assert mask[24:36, 24:36].any()
    assert not masks[:, :18, :18].any()


@pytest.mark.parametrize("kind", DEFECTS)
def test_the_originals_stay_and_a_seed_names_the_defects(kind: str) -> None:
    images = grey((1, 28, 28))
    before = images.copy()
    first, again, other = (damage(images, kind, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(images, before)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert (first[1] != other[1]).any()


def test_what_is_covered_by_half_or_less_is_not_marked() -> None:
    images = np.full((100, 1, 60, 60), 40, np.uint8)
    damaged, masks = damage(images, "stain", seed=0)
    for before, after, mask in zip(images[:, 0], damaged[:, 0], masks, strict=True):
        difference = after.astype(int) - before
        assert difference[mask].min() >= COVERED * difference.max() - 1
        assert difference[~mask].max() <= max(COVERED * difference.max(), CHANGED) + 1


def test_perfect_maps_have_an_area_of_one_and_reversed_ones_of_zero() -> None:
    images = grey((1, 28, 28), count=20)
    masks = {damage(images, kind, 5)[0].tobytes(): damage(images, kind, 5)[1] for kind in DEFECTS}
    for sign, area in ((1, 1), (-1, 0)):
        figures, _ = trial(lambda damaged, sign=sign: sign * masks[damaged.tobytes()].astype(float), images, seed=5)  # type: ignore[misc]
        assert figures == dict.fromkeys([*DEFECTS, "mean"], area)


def test_maps_of_noise_are_chance_and_true_differences_nearly_perfect() -> None:
    images = grey((1, 28, 28), count=100)
    random = np.random.default_rng(0)
    noise, _ = trial(lambda damaged: random.uniform(size=damaged[:, 0].shape), images, seed=0)
    assert all(area == pytest.approx(0.5, abs=0.03) for area in noise.values())
    true, _ = trial(lambda damaged: np.abs(damaged.astype(int) - images).max(1).astype(float), images, seed=0)
    assert min(true.values()) > 0.99
    assert true["mean"] == pytest.approx(np.mean([true[kind] for kind in DEFECTS]))


def test_what_is_shown_is_what_was_judged() -> None:
    images = grey((3, 12, 12), count=5)
    _, shown = trial(lambda damaged: damaged.mean(1), images, seed=2)
    for kind in DEFECTS:
        damaged, masks = damage(images, kind, 2)
        np.testing.assert_array_equal(shown[f"{kind}_images"], damaged[:SHOWN])
        np.testing.assert_array_equal(shown[f"{kind}_masks"], masks[:SHOWN])
        np.testing.assert_array_equal(shown[f"{kind}_maps"], damaged.mean(1)[:SHOWN])
