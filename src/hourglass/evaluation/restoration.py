"""How well damaged images are repaired, beside what classical methods make of the same damage.

What was done to the images is read off what is left of them: smaller images are to be enlarged, NaN are pixels
to be filled in, and anything else is noise to be taken off.

A classical method has settings, and they decide. Each is tried on damaged validation images, whose originals
are known, and judged on test images at the setting that gave the highest PSNR there. PCA and the mean image
also know the clean training images, as the networks do. Every method repairs the same images.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle, inpaint_biharmonic
from sklearn.decomposition import PCA

from hourglass.evaluation.intervals import mean_interval
from hourglass.evaluation.reconstruction import per_image, psnr

Array = NDArray[np.floating]
Repair = Callable[[Array], Array]

# The slowest method takes some 20 ms an image: the first 500 test images are judged, whatever repairs them, and
# settings are chosen on the first 50 validation images.
JUDGED, TUNED = 500, 50
# Classical methods learn from the first training images; as floating-point numbers they are the most that is held.
LEARNED = 60_000
# Settings tried: the median's window, non-local means' patch and strength (in standard deviations of the noise),
# the weight of total variation, PCA's components.
WINDOWS, PATCHES, STRENGTHS = (3, 5, 7, 9), (5, 7), (0.1, 0.2, 0.4, 0.6, 0.9)
WEIGHTS, COMPONENTS = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.2, 2.0, 3.0), (3, 5, 10, 20, 30, 50, 100, 200)


def measure(
    originals: Array, observed: Array, restored: Array, baselines: Mapping[str, Array], seed: int
) -> dict[str, Any]:
    """Compare images (N, C, H, W) in [0, 1] with what a model and others made of what was left of them.

    All are clipped to [0, 1] first; figures are means over the images. `_ci` are 95% bootstrap intervals over them.

    Args:
        baselines: name -> images (N, C, H, W).

    Returns:
        psnr, psnr_ci, ssim, ssim_ci: of the model's restorations, as in evaluation/reconstruction.py.
        input_psnr: of what was left, small images enlarged by repeating pixels, hidden pixels black.
        baselines: name -> the same four figures; baseline: the one with the highest PSNR on these very images;
            baseline_psnr: its PSNR.
        gain, gain_ci: how far the model's PSNR is above that, in dB, image by image.
    """
    own = per_image(originals, restored)
    others = {name: per_image(originals, images) for name, images in baselines.items()}
    best = max(others, key=lambda name: others[name]["psnr"].mean())
    gains = own["psnr"] - others[best]["psnr"]
    return {
        **_averages(own, seed),
        "input_psnr": float(psnr(originals, visible(observed, originals.shape)).mean()),
        "baselines": {name: _averages(figures, seed) for name, figures in others.items()},
        "baseline": best,
        "baseline_psnr": float(others[best]["psnr"].mean()),
        "gain": float(gains.mean()),
        "gain_ci": mean_interval(gains, seed),
    }


def _averages(figures: Mapping[str, Array], seed: int) -> dict[str, float | list[float]]:
    """PSNR and SSIM of images, averaged, each with its interval."""
    averages: dict[str, float | list[float]] = {}
    for name in ("psnr", "ssim"):
        averages |= {name: float(figures[name].mean()), f"{name}_ci": mean_interval(figures[name], seed)}
    return averages


def baselines(clean: NDArray[np.uint8], originals: Array, damaged: Array, observed: Array) -> dict[str, Array]:
    """What each classical method makes of `observed`, at its best setting: name -> images (N, C, H, W).

    Args:
        clean: training images, uint8.
        originals, damaged: validation images, and what is left of them after the same kind of damage.
    """
    found = {}
    for name, candidates in methods(clean, originals, damaged).items():
        # A method without settings needs no trial.
        tried = [psnr(originals, repair(damaged)).mean() if len(candidates) > 1 else 0 for repair in candidates]
        found[name] = candidates[int(np.argmax(tried))](observed)
    return found


def methods(clean: NDArray[np.uint8], originals: Array, damaged: Array) -> dict[str, Sequence[Repair]]:
    """The methods for this kind of damage, each at every setting worth trying."""
    shape = originals.shape[1:]
    if damaged.shape[1:] != shape:
        return {
            "bilinear": [partial(enlarge, shape=shape, order=1)],
            "bicubic": [partial(enlarge, shape=shape, order=3)],
        }
    if np.isnan(damaged).any():
        mean = clean.mean(0) / 255
        return {
            "biharmonic": [fill_smoothly],
            "mean_image": [lambda images: np.where(np.isnan(images), mean, images)],
            "mean_visible": [fill_with_mean],
        }
    sigma = float(np.std(damaged - originals))
    pca = PCA(min(COMPONENTS[-1], len(clean), clean[0].size), svd_solver="covariance_eigh")
    pca.fit(clean.reshape(len(clean), -1) / np.float32(255))
    return {
        "median": [partial(ndimage.median_filter, size=(1, 1, window, window)) for window in WINDOWS],
        "nl_means": [
            partial(one_by_one, denoise_nl_means, patch_size=patch, patch_distance=7, h=strength * sigma, sigma=sigma)
            for patch in PATCHES
            for strength in STRENGTHS
        ],
        "total_variation": [partial(one_by_one, denoise_tv_chambolle, weight=weight) for weight in WEIGHTS],
        "pca": [partial(project, pca, count=count) for count in COMPONENTS],
    }


def one_by_one(method: Callable[..., Array], images: Array, **settings: float) -> Array:
    """Apply a method of scikit-image to images (N, C, H, W).

    One channel is handed over without its axis: with it, non-local means of scikit-image 0.26 return garbage.
    """
    if images.shape[1] == 1:
        return np.stack([method(image[0], **settings) for image in images])[:, None]
    return np.stack([method(image, channel_axis=0, **settings) for image in images])


def enlarge(images: Array, shape: Sequence[int], order: Literal[1, 3]) -> Array:
    """Spline interpolation of small images to (C, H, W); their pixels are means over squares of the large ones'."""
    factor = _factor(images, shape)
    large = ndimage.zoom(images, (1, 1, factor, factor), order=order, mode="nearest", grid_mode=True)
    return large[:, :, : shape[1], : shape[2]]


def project(pca: PCA, images: Array, count: int) -> Array:
    """The nearest point to each image in the space of the first `count` components."""
    directions = pca.components_[:count]
    flat = images.reshape(len(images), -1) - pca.mean_
    return (flat @ directions.T @ directions + pca.mean_).reshape(images.shape)


def fill_with_mean(images: Array) -> Array:
    """NaN become the mean of what is seen of their image."""
    return np.where(np.isnan(images), np.nanmean(images, axis=(1, 2, 3), keepdims=True), images)


def fill_smoothly(images: Array) -> Array:
    """Fill NaN with the smoothest surface through what surrounds them; hidden are all channels of a pixel, or none."""
    holes = np.isnan(images)
    pairs = zip(np.where(holes, 0, images), holes[:, 0], strict=True)
    return np.stack([inpaint_biharmonic(image, hole, channel_axis=0) for image, hole in pairs])


def visible(observed: Array, shape: Sequence[int]) -> Array:
    """What is left of images of the given shape (N, C, H, W), as images of that shape."""
    if np.shape(observed) == tuple(shape):
        return np.nan_to_num(observed, nan=0.0)
    factor = _factor(observed, shape[1:])
    return observed.repeat(factor, 2).repeat(factor, 3)[:, :, : shape[2], : shape[3]]


def _factor(images: Array, shape: Sequence[int]) -> int:
    """How many pixels of an image (C, H, W) a pixel of `images` stands for, each way: sides are rounded up."""
    return max(math.ceil(large / small) for small, large in zip(images.shape[2:], shape[1:], strict=True))
