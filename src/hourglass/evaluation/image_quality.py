"""How close images are to their originals: metrics per image, averaged over the images."""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from hourglass.core.intervals import mean_estimate
from hourglass.core.metrics import Estimate

Array = NDArray[np.floating]

# Eight-bit pixels are exact to half a grey level only.
HALF_LEVEL = 1 / 512
# Structural similarity: sides of a window, and what keeps its quotients finite where windows are flat (peak 1).
WINDOW = 7
FLAT_MEAN, FLAT_VARIANCE = 0.01**2, 0.03**2


@dataclass(frozen=True)
class ImageQuality:
    """Means over the images.

    mse: mean squared error per pixel, the reconstruction unclipped, as the network gives it.
    bce: binary cross-entropy per pixel, in nats, the reconstruction clipped to [1/512, 511/512].
    psnr: peak signal-to-noise ratio in dB, peak 1, the reconstruction clipped to [0, 1].
    ssim: structural similarity (Wang et al., 2004; 7x7 windows), clipped likewise.
    """

    mse: Estimate
    bce: float
    psnr: float
    ssim: float


def image_quality(pairs: Iterable[tuple[Array, Array]], seed: int) -> ImageQuality:
    """Compare batches of images and reconstructions, float (B, C, H, W), images in [0, 1]."""
    # Not a list of arrays: those of each batch would fragment the memory that the next one needs.
    columns: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))
    for x, rebuilt in pairs:
        for name, values in per_image(x, rebuilt).items():
            columns[name].extend(values.tolist())
    bce, psnr, ssim = (float(np.mean(columns[name])) for name in ("bce", "psnr", "ssim"))
    return ImageQuality(mean_estimate(np.array(columns["mse"]), seed), bce, psnr, ssim)


def mse_estimate(pairs: Iterable[tuple[Array, Array]], seed: int) -> Estimate:
    """`mse` as in `ImageQuality`, at a small part of its time."""
    return mean_estimate(np.concatenate([_squared_error(x, rebuilt) for x, rebuilt in pairs]), seed)


def per_image(x: Array, rebuilt: Array) -> dict[str, Array]:
    """The metrics of `ImageQuality` for each image: (B, C, H, W) twice -> name -> (B,)."""
    x, rebuilt = x.astype(np.float64), rebuilt.astype(np.float64)
    pixels = tuple(range(1, x.ndim))
    shown = rebuilt.clip(0, 1)
    chance = rebuilt.clip(HALF_LEVEL, 1 - HALF_LEVEL)
    return {
        "mse": _squared_error(x, rebuilt),
        "bce": -(x * np.log(chance) + (1 - x) * np.log1p(-chance)).mean(pixels),
        "psnr": psnr(x, rebuilt),
        "ssim": structural_similarity(x, shown),
    }


def psnr(x: Array, rebuilt: Array) -> Array:
    """Peak signal-to-noise ratio of each reconstruction clipped to [0, 1], in dB: (B, C, H, W) twice -> (B,)."""
    squared = np.square(rebuilt.clip(0, 1) - x, dtype=np.float64).mean(tuple(range(1, x.ndim)))
    # An exact copy has no error; 100 dB at most keep the mean finite.
    return -10 * np.log10(squared.clip(1e-10))


def structural_similarity(x: Array, y: Array) -> Array:
    """SSIM of pairs of images with values in [0, 1]: (B, C, H, W) twice, H and W at least 7 -> (B,).

    It equals scikit-image's, which takes one pair at a time and four times as long. Mean over channels and over the
    7x7 windows that lie inside the image; variances are those of samples.

    Source: Wang et al. (2004), "Image quality assessment: from error visibility to structural similarity".
    """

    def mean(values: Array) -> Array:
        edge = WINDOW // 2
        return uniform_filter(values, WINDOW, axes=(2, 3))[:, :, edge:-edge, edge:-edge]

    sample = WINDOW**2 / (WINDOW**2 - 1)
    mean_x, mean_y = mean(x), mean(y)
    var_x, var_y = sample * (mean(x * x) - mean_x**2), sample * (mean(y * y) - mean_y**2)
    covariance = sample * (mean(x * y) - mean_x * mean_y)
    upper = (2 * mean_x * mean_y + FLAT_MEAN) * (2 * covariance + FLAT_VARIANCE)
    lower = (mean_x**2 + mean_y**2 + FLAT_MEAN) * (var_x + var_y + FLAT_VARIANCE)
    return np.asarray((upper / lower).mean(axis=(1, 2, 3)))


def _squared_error(x: Array, rebuilt: Array) -> Array:
    return np.square(rebuilt.astype(np.float64) - x).mean(tuple(range(1, x.ndim)))
