import math

import numpy as np
import pytest
from skimage.metrics import structural_similarity
from sklearn.metrics import log_loss

from hourglass.core.metrics import Estimate
from hourglass.evaluation.image_quality import Array, image_quality, mse_estimate, per_image

SHAPES = pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 9, 14)])


def images(count: int, shape: tuple[int, ...] = (1, 8, 8), seed: int = 0) -> Array:
    return np.random.default_rng(seed).random((count, *shape), dtype=np.float32)


def constant(*values: float) -> Array:
    """One image for each value."""
    return np.tile(np.array(values, np.float32)[:, None, None, None], (1, 1, 8, 8))


@SHAPES
def test_metrics_are_means_over_the_pixels_of_each_image(shape: tuple[int, ...]) -> None:
    x, rebuilt = images(3, shape), images(3, shape, seed=1)
    found = per_image(x, rebuilt)
    for i in range(3):
        pairs = [(float(a), float(b)) for a, b in zip(x[i].ravel(), rebuilt[i].ravel(), strict=True)]
        mse = math.fsum((a - b) ** 2 for a, b in pairs) / len(pairs)
        clipped = [(a, min(max(b, 1 / 512), 511 / 512)) for a, b in pairs]
        bce = -math.fsum(a * math.log(b) + (1 - a) * math.log(1 - b) for a, b in clipped) / len(pairs)
        assert found["mse"][i] == pytest.approx(mse, rel=1e-9)
        assert found["bce"][i] == pytest.approx(bce, rel=1e-9)
        assert found["psnr"][i] == pytest.approx(-10 * math.log10(mse), rel=1e-9)


def test_mse_and_psnr_of_a_constant_error() -> None:
    found = per_image(constant(0.5, 0.5, 0.5), constant(0.6, 0.4, 0.51))
    np.testing.assert_allclose(found["mse"], [0.01, 0.01, 0.0001], rtol=1e-5)
    np.testing.assert_allclose(found["psnr"], [20, 20, 40], rtol=1e-5)


def test_bce_of_binary_images_is_the_log_loss() -> None:
    x, chance = np.rint(images(4)), images(4, seed=1).clip(0.01, 0.99)
    assert per_image(x, chance)["bce"].mean() == pytest.approx(log_loss(x.ravel(), chance.ravel()), rel=1e-6)


def test_bce_is_lowest_where_the_reconstruction_is_the_image() -> None:
    x = images(5).clip(0.1, 0.9)
    best = per_image(x, x)["bce"]
    entropy = -(x * np.log(x) + (1 - x) * np.log(1 - x)).mean((1, 2, 3))
    np.testing.assert_allclose(best, entropy, rtol=1e-6)
    assert all((per_image(x, x + step)["bce"] > best).all() for step in (-0.05, 0.05))


def test_bce_of_a_wrong_pixel_is_bounded_by_half_a_grey_level() -> None:
    found = per_image(constant(0, 1, 0, 1), constant(1, 0, 0, 1))["bce"]
    np.testing.assert_allclose(found[:2], -np.log(1 / 512))
    np.testing.assert_allclose(found[2:], -np.log(511 / 512))


def test_only_mse_counts_values_outside_the_image_range() -> None:
    """No pixel is brighter than white, but a network that gives one is wrong by that much."""
    found = per_image(constant(1, 0.9), constant(3, 3))
    np.testing.assert_allclose(found["mse"], [4, 4.41], rtol=1e-5)
    np.testing.assert_allclose(found["psnr"], [100, 20], rtol=1e-5)


@SHAPES
def test_a_perfect_reconstruction(shape: tuple[int, ...]) -> None:
    found = image_quality([(images(2, shape), images(2, shape))], seed=0)
    assert found.mse == Estimate(0, 0, 0)
    assert found.psnr == pytest.approx(100)
    assert found.ssim == pytest.approx(1)


def test_ssim_falls_with_noise_and_is_negative_for_the_negative() -> None:
    x = images(3)
    noise = images(3, seed=1) - 0.5
    falling = [per_image(x, x + share * noise)["ssim"].mean() for share in (0, 0.2, 0.5, 1)]
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] < 0.9 < falling[0]
    assert (per_image(x, 1 - x)["ssim"] < -0.5).all()


@SHAPES
def test_ssim_is_scikit_image_s(shape: tuple[int, ...]) -> None:
    x, rebuilt = (images(3, shape, seed).astype(np.float64) for seed in (0, 1))
    expected = [structural_similarity(a, b, data_range=1.0, channel_axis=0) for a, b in zip(x, rebuilt, strict=True)]
    np.testing.assert_allclose(per_image(x, rebuilt)["ssim"], expected, rtol=1e-9)


def test_ssim_of_flat_images_compares_their_brightness() -> None:
    """Without contrast, SSIM is (2ab + c) / (a² + b² + c) with c = 0.01² (Wang et al., 2004)."""
    expected = (2 * 0.5 * 0.8 + 1e-4) / (0.5**2 + 0.8**2 + 1e-4)
    assert per_image(constant(0.5), constant(0.8))["ssim"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("size", [1, 4, 7, 11])
def test_batch_size_does_not_matter(size: int) -> None:
    x, rebuilt = images(11), images(11, seed=1)
    parts = ((x[i : i + size], rebuilt[i : i + size]) for i in range(0, 11, size))
    assert image_quality(parts, seed=0) == image_quality([(x, rebuilt)], seed=0)


def test_quality_is_the_mean_over_images_with_an_mse_interval() -> None:
    x, rebuilt = images(50), images(50, seed=1) * images(50, (1, 1, 1), seed=2)
    each, found = per_image(x, rebuilt), image_quality([(x, rebuilt)], seed=0)
    assert found.mse.value == pytest.approx(each["mse"].mean())
    for name in ("bce", "psnr", "ssim"):
        assert getattr(found, name) == pytest.approx(each[name].mean())
    assert each["mse"].min() < found.mse.low < each["mse"].mean() < found.mse.high < each["mse"].max()
    assert mse_estimate([(x, rebuilt)], seed=0) == found.mse
