"""How close images are to their originals: metrics per image, averaged over the images."""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from hourglass.core.intervals import mean_estimate
from hourglass.core.metrics import Estimate

Array = NDArray[np.floating]

# Eight-bit pixels are exact to half a grey level only.
HALF_LEVEL = 1 / 512


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
        "ssim": np.array(
            [structural_similarity(a, b, data_range=1.0, channel_axis=0) for a, b in zip(x, shown, strict=True)]
        ),
    }


def psnr(x: Array, rebuilt: Array) -> Array:
    """Peak signal-to-noise ratio of each reconstruction clipped to [0, 1], in dB: (B, C, H, W) twice -> (B,)."""
    squared = np.square(rebuilt.clip(0, 1) - x, dtype=np.float64).mean(tuple(range(1, x.ndim)))
    # An exact copy has no error; 100 dB at most keep the mean finite.
    return -10 * np.log10(squared.clip(1e-10))


def _squared_error(x: Array, rebuilt: Array) -> Array:
    return np.square(rebuilt.astype(np.float64) - x).mean(tuple(range(1, x.ndim)))
