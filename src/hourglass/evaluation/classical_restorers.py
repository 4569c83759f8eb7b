"""Classical methods that restore images: the baselines of the networks that do.

The kind of corruption follows from the corrupted images: smaller images are to be enlarged, NaN are pixels to be
filled in, and anything else is noise to be removed.

The settings of a classical method decide how good it is. Each is tried on corrupted validation images, whose originals
are known, and the one with the highest PSNR is used. PCA and the mean image also learn from clean training images, as
the networks do. Every method restores the same images.
"""

import math
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle, inpaint_biharmonic
from sklearn.decomposition import PCA

from hourglass.data.imageset import to_unit
from hourglass.evaluation.image_quality import psnr

Array = NDArray[np.floating]
Restorer = Callable[[Array], Array]

# Settings tried: the median's window, non-local means' patch and strength (in standard deviations of the noise),
# the weight of total variation, PCA's components.
WINDOWS, PATCHES, STRENGTHS = (3, 5, 7, 9), (5, 7), (0.1, 0.2, 0.4, 0.6, 0.9)
WEIGHTS, COMPONENTS = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.2, 2.0, 3.0), (3, 5, 10, 20, 30, 50, 100, 200)


# Pixels and channels up to which PCA is solved by their covariance.
EXACT = 4096


class Clean:
    """Clean training images (N, C, H, W) uint8, and what methods learn from them: once, for all kinds of corruption."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self.images = images

    @cached_property
    def mean(self) -> Array:
        """Mean image (C, H, W) in [0, 1]."""
        return np.asarray(self.images.mean(0) / 255)

    @cached_property
    def pca(self) -> PCA:
        """The first principal components of pixels in [0, 1]."""
        size = self.images[0].size
        # A covariance of many pixels takes gigabytes.
        solver: Literal["covariance_eigh", "randomized"] = "covariance_eigh" if size <= EXACT else "randomized"
        pca = PCA(min(COMPONENTS[-1], len(self.images), size), svd_solver=solver, random_state=0)
        return pca.fit(to_unit(self.images.reshape(len(self.images), -1)))


def baselines(clean: Clean, originals: Array, corrupted: Array, observed: Array) -> dict[str, Array]:
    """What each classical method makes of `observed`, at its best setting: name -> images (N, C, H, W).

    Args:
        clean: training images.
        originals, corrupted: validation images, before and after the same kind of corruption.
    """
    found = {}
    for name, candidates in restorers(clean, originals, corrupted).items():
        # A method without settings needs no trial.
        tried = [psnr(originals, restore(corrupted)).mean() if len(candidates) > 1 else 0 for restore in candidates]
        found[name] = candidates[int(np.argmax(tried))](observed)
    return found


def restorers(clean: Clean, originals: Array, corrupted: Array) -> dict[str, Sequence[Restorer]]:
    """The methods for this kind of corruption, each at all its settings."""
    shape = originals.shape[1:]
    if corrupted.shape[1:] != shape:
        return {
            "bilinear": [partial(enlarge, shape=shape, order=1)],
            "bicubic": [partial(enlarge, shape=shape, order=3)],
        }
    if np.isnan(corrupted).any():
        return {
            "biharmonic": [fill_smoothly],
            "mean_image": [lambda images: np.where(np.isnan(images), clean.mean, images)],
            "mean_visible": [fill_with_mean],
        }
    sigma = float(np.std(corrupted - originals))
    return {
        "median": [partial(ndimage.median_filter, size=(1, 1, window, window)) for window in WINDOWS],
        "nl_means": [
            partial(one_by_one, denoise_nl_means, patch_size=patch, patch_distance=7, h=strength * sigma, sigma=sigma)
            for patch in PATCHES
            for strength in STRENGTHS
        ],
        "total_variation": [partial(one_by_one, denoise_tv_chambolle, weight=weight) for weight in WEIGHTS],
        "pca": [partial(project, clean.pca, count=count) for count in COMPONENTS],
    }


def one_by_one(method: Callable[..., Array], images: Array, **settings: float) -> Array:
    """Apply a method of scikit-image to each of images (N, C, H, W).

    One channel is passed without its axis: with it, non-local means of scikit-image 0.26 return garbage.
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
    """Replace NaN by the mean of the visible pixels of the image."""
    return np.where(np.isnan(images), np.nanmean(images, axis=(1, 2, 3), keepdims=True), images)


def fill_smoothly(images: Array) -> Array:
    """Replace NaN by the smoothest surface through the pixels around; all channels of a pixel are hidden, or none."""
    holes = np.isnan(images)
    pairs = zip(np.where(holes, 0, images), holes[:, 0], strict=True)
    return np.stack([inpaint_biharmonic(image, hole, channel_axis=0) for image, hole in pairs])


def visible(observed: Array, shape: Sequence[int]) -> Array:
    """What is left of images of the given shape (N, C, H, W), as images of that shape.

    Small images are enlarged by repeating pixels; hidden pixels are black.
    """
    if np.shape(observed) == tuple(shape):
        return np.nan_to_num(observed, nan=0.0)
    factor = _factor(observed, shape[1:])
    return observed.repeat(factor, 2).repeat(factor, 3)[:, :, : shape[2], : shape[3]]


def _factor(images: Array, shape: Sequence[int]) -> int:
    """Pixels of an image (C, H, W) per pixel of `images`, along each side; sides are rounded up."""
    return max(math.ceil(large / small) for small, large in zip(images.shape[2:], shape[1:], strict=True))
