"""Each classical method where its answer is known."""

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle
from skimage.transform import resize

from hourglass.data.imageset import ImageSet
from hourglass.evaluation.classical_restorers import Array, Clean, baselines, enlarge, one_by_one, restorers, visible
from hourglass.evaluation.image_quality import psnr

NAMES = {
    "noise": {"median", "nl_means", "total_variation", "pca"},
    "small": {"bilinear", "bicubic"},
    "hidden": {"biharmonic", "mean_image", "mean_visible"},
}


@pytest.fixture(scope="module")
def clean(digits: ImageSet) -> NDArray[np.uint8]:
    return digits[:]


def damage(images: Array, kind: str, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    if kind == "noise":
        return images + 0.3 * rng.standard_normal(images.shape)
    if kind == "small":
        count, channels, height, width = images.shape
        return images.reshape(count, channels, height // 2, 2, width // 2, 2).mean((3, 5))
    mask = rng.random((len(images), 1, *images.shape[2:])) < 0.5
    return np.where(mask, np.nan, images)


def constant(*values: float) -> Array:
    return np.tile(np.array(values)[:, None, None, None], (1, 1, 8, 8))


def test_visible_is_what_is_left_in_full_size() -> None:
    shape = (1, 1, 5, 7)
    small = np.arange(12.0).reshape(1, 1, 3, 4)
    shown = visible(small, shape)
    assert shown.shape == shape
    np.testing.assert_array_equal(shown[0, 0], np.kron(small[0, 0], np.ones((2, 2)))[:5, :7])
    holes = np.array([[[[np.nan, 0.3]]]])
    np.testing.assert_array_equal(visible(holes, holes.shape), [[[[0, 0.3]]]])


@pytest.mark.parametrize("kind", NAMES)
def test_kind_of_damage_is_told_from_what_is_left(clean: NDArray[np.uint8], kind: str) -> None:
    x = clean[:40] / 255
    found = baselines(Clean(clean[100:]), x[:20], damage(x[:20], kind), damage(x[20:], kind, seed=1))
    assert found.keys() == NAMES[kind]
    for images in found.values():
        assert images.shape == (20, 1, 8, 8)
        assert np.isfinite(images).all()


@pytest.mark.parametrize("kind", ["noise", "small"])
def test_classical_methods_improve_on_what_is_left(clean: NDArray[np.uint8], kind: str) -> None:
    x = clean[:100] / 255
    observed = damage(x[50:], kind, seed=1)
    restored = baselines(Clean(clean[100:]), x[:50], damage(x[:50], kind), observed)
    best = max(psnr(x[50:], images).mean() for images in restored.values())
    assert best > psnr(x[50:], visible(observed, x[50:].shape)).mean() + 0.3


@pytest.mark.parametrize("shape", [(1, 7, 7), (3, 9, 12)])
def test_odd_sizes_and_colours(shape: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (30, *shape), dtype=np.uint8)
    x = images[:6] / 255
    holes = np.where(rng.random((6, 1, *shape[1:])) < 0.5, np.nan, x)
    halves = rng.random((6, shape[0], -(-shape[1] // 2), -(-shape[2] // 2)))
    for observed in (x + 0.2 * rng.standard_normal(x.shape), halves, holes):
        for restored in baselines(Clean(images), x[:3], observed[:3], observed[3:]).values():
            assert restored.shape == (3, *shape)
            assert np.isfinite(restored).all()


def test_settings_are_chosen_on_validation_images(clean: NDArray[np.uint8]) -> None:
    """Where noise is weak a few components would lose more than noise; where it is strong, many let it through."""
    x = clean[:60] / 255
    rng = np.random.default_rng(0)
    for sigma, best in ((0.01, 50), (1.0, 5)):
        damaged, observed = (part + sigma * rng.standard_normal(part.shape) for part in (x[:30], x[30:]))
        found = baselines(Clean(clean[100:]), x[:30], damaged, observed)["pca"]
        flat = clean[100:].reshape(len(clean) - 100, -1) / 255
        directions = np.linalg.svd(flat - flat.mean(0), full_matrices=False)[2][:best]
        centred = observed.reshape(30, -1) - flat.mean(0)
        expected = centred @ directions.T @ directions + flat.mean(0)
        np.testing.assert_allclose(found.reshape(30, -1), expected, atol=1e-3)


def test_setting_is_the_best_of_its_candidates(clean: NDArray[np.uint8]) -> None:
    """Tried and measured on the same images, no candidate may beat the chosen one."""
    x = clean[:20] / 255
    noisy = damage(x, "noise")
    chosen = baselines(Clean(clean[100:]), x, noisy, noisy)
    for name, candidates in restorers(Clean(clean[100:]), x, noisy).items():
        found = [psnr(x, restore(noisy)).mean() for restore in candidates]
        assert len(candidates) > 2
        assert psnr(x, chosen[name]).mean() == pytest.approx(max(found))


def test_bicubic_is_scikit_image_s(clean: NDArray[np.uint8]) -> None:
    small = damage(clean[:5] / 255, "small")
    for order in (1, 3):
        expected = [
            resize(image[0], (8, 8), order=order, mode="edge", anti_aliasing=False, clip=False) for image in small
        ]
        found = enlarge(small, (1, 8, 8), order)
        np.testing.assert_allclose(found[:, 0], expected, atol=1e-6)


@pytest.mark.parametrize("method", [denoise_nl_means, denoise_tv_chambolle])
def test_one_channel_is_restored_like_three_equal_ones(clean: NDArray[np.uint8], method) -> None:  # type: ignore[no-untyped-def]
    """scikit-image 0.26: non-local means of one channel, with its axis named, are garbage."""
    noisy = damage(clean[:4] / 255, "noise")
    three = one_by_one(method, noisy.repeat(3, axis=1))
    np.testing.assert_allclose(one_by_one(method, noisy), three[:, :1], atol=0.05)


@pytest.mark.parametrize("name", ["biharmonic", "mean_visible"])
def test_flat_images_are_filled_flat(name: str) -> None:
    flat = constant(0.4, 0.7)
    observed = damage(flat, "hidden")
    found = baselines(Clean(np.zeros((3, 1, 8, 8), np.uint8)), flat, observed, observed)
    np.testing.assert_allclose(found[name], flat, atol=1e-6)


def test_mean_image_fills_only_hidden_pixels(clean: NDArray[np.uint8]) -> None:
    x = clean[:5] / 255
    observed = damage(x, "hidden")
    found = baselines(Clean(clean), x, observed, observed)["mean_image"]
    hidden = np.isnan(observed)
    np.testing.assert_array_equal(found[~hidden], x[~hidden])
    np.testing.assert_allclose(found[hidden], np.broadcast_to(clean.mean(0) / 255, x.shape)[hidden])
