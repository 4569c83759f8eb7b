from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from hourglass.data.imageset import ImageSet
from hourglass.detection.defects import CHANGED, COVERED, DEFECTS, STRENGTHS, Defective, defective, localise

SHAPES = [(1, 28, 28), (3, 32, 32), (1, 8, 8), (1, 28, 20), (3, 7, 11)]


def grey(shape: Sequence[int], count: int = 60) -> ImageSet:
    """Noise around a bright middle, on black."""
    pixels = np.random.default_rng(2).integers(0, 256, (count, *shape), dtype=np.uint8)
    pixels[..., : shape[1] // 4, :] = 0
    return ImageSet(pixels)


def uniform(count: int, side: int, value: int) -> ImageSet:
    return ImageSet(np.full((count, 1, side, side), value, np.uint8))


def size_of(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """Height and width of the box around what is marked."""
    rows, columns = np.nonzero(mask)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


@pytest.mark.parametrize("kind", DEFECTS)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))
def test_every_image_has_a_visible_defect(shape: tuple[int, int, int], kind: str) -> None:
    images = grey(shape)
    found = defective(images, kind, seed=0)
    assert (found.images.shape, found.masks.shape) == (images.shape, (60, *shape[1:]))
    assert found.masks.any(axis=(1, 2)).all()
    difference = np.abs(found.images[:].astype(int) - images[:]).max(1)
    assert difference[found.masks].min() >= CHANGED
    assert difference.max() <= STRENGTHS[1]
    assert (difference.max(axis=(1, 2)) >= STRENGTHS[0]).all()


@pytest.mark.parametrize("kind", DEFECTS)
@pytest.mark.parametrize("value", [0, 127, 128, 255])
@pytest.mark.parametrize("side", [8, 28])
def test_a_defect_is_visible_on_an_image_of_one_grey(side: int, value: int, kind: str) -> None:
    """Also on an image that shows nothing: towards the farther end of the scale there is always room."""
    images = uniform(40, side, value)
    found = defective(images, kind, seed=1)
    assert found.masks.any(axis=(1, 2)).all()
    before, after = images[:], found.images[:]
    assert ((after > before) if value < 128 else (after < before))[:, 0][found.masks].all()


@pytest.mark.parametrize("kind", DEFECTS)
def test_a_defect_is_local(kind: str) -> None:
    """Away from it every pixel is as it was: a stain, whose edge fades, reaches no farther than half the image."""
    images = grey((3, 32, 32))
    found = defective(images, kind, seed=0)
    rows, columns = np.indices((32, 32))
    for before, after, mask in zip(images[:], found.images[:], found.masks, strict=True):
        row, column = (where.mean() for where in np.nonzero(mask))
        far = np.hypot(rows - row, columns - column) > 17
        assert far.any()
        np.testing.assert_array_equal(after[:, far], before[:, far])
        if kind != "stain":
            assert (after != before).any(0).sum() <= 32 * 32 / 8


@pytest.mark.parametrize(("kind", "longest"), [("patch", 1 / 4), ("scratch", 1 / 2), ("stain", 0.36)])
def test_a_defect_has_the_documented_size(kind: str, longest: float) -> None:
    """Sides of an image without edges, and one pixel of rounding. A stain is marked where half of it is left."""
    masks = defective(uniform(300, 100, 60), kind, seed=0).masks
    longer = np.array([max(size_of(mask)) for mask in masks])
    assert 0.9 * longest * 100 < longer.max() <= longest * 100 + 2
    thinner = np.array([mask.sum() for mask in masks]) / longer
    assert thinner.max() < (7 if kind == "scratch" else longest * 100 + 1)


def test_defects_lie_on_the_object() -> None:
    pixels = np.zeros((80, 1, 40, 40), np.uint8)
    pixels[..., 24:36, 24:36] = 200
    masks = defective(ImageSet(pixels), "patch", seed=0).masks
    for mask in masks:
        assert mask[24:36, 24:36].any()
    assert not masks[:, :18, :18].any()


@pytest.mark.parametrize("kind", DEFECTS)
def test_originals_stay_and_a_seed_fixes_the_defects(kind: str) -> None:
    images = grey((1, 28, 28))
    before = images[:].copy()
    first, again, other = (defective(images, kind, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(images[:], before)
    np.testing.assert_array_equal(first.images[:], again.images[:])
    np.testing.assert_array_equal(first.masks, again.masks)
    assert (first.masks != other.masks).any()


def test_pixels_covered_by_half_or_less_are_not_marked() -> None:
    images = uniform(100, 60, 40)
    found = defective(images, "stain", seed=0)
    for before, after, mask in zip(images[:][:, 0], found.images[:][:, 0], found.masks, strict=True):
        difference = after.astype(int) - before
        assert difference[mask].min() >= COVERED * difference.max() - 1
        assert difference[~mask].max() <= max(COVERED * difference.max(), CHANGED) + 1


def every_kind(images: ImageSet, seed: int) -> dict[str, Defective]:
    return {kind: defective(images, kind, seed) for kind in DEFECTS}


@pytest.mark.parametrize(("sign", "area"), [(1, 1), (-1, 0)])
def test_perfect_maps_have_area_one_and_reversed_maps_zero(sign: int, area: int) -> None:
    defects = every_kind(grey((1, 28, 28), count=20), seed=5)
    masks = {one.images[:].tobytes(): one.masks for one in defects.values()}
    found = localise(lambda images: sign * masks[images[:].tobytes()].astype(float), defects)
    assert found.roc_auc == dict.fromkeys([*DEFECTS, "mean"], area)


def test_maps_of_noise_are_chance() -> None:
    random = np.random.default_rng(0)
    defects = every_kind(grey((1, 28, 28), count=100), seed=0)
    found = localise(lambda images: random.uniform(size=(len(images), 28, 28)), defects)
    assert all(area == pytest.approx(0.5, abs=0.03) for area in found.roc_auc.values())


def test_maps_of_true_differences_are_nearly_perfect() -> None:
    images = grey((1, 28, 28), count=100)
    defects = every_kind(images, seed=0)
    found = localise(lambda some: np.abs(some[:].astype(int) - images[:]).max(1).astype(float), defects)
    assert min(found.roc_auc.values()) > 0.99
    assert found.roc_auc["mean"] == pytest.approx(np.mean([found.roc_auc[kind] for kind in DEFECTS]))
    for kind, one in defects.items():
        difference = np.abs(one.images[:].astype(int) - images[:]).max(1)
        np.testing.assert_array_equal(found.maps[kind], difference)
