"""How close a reconstruction is to its image: per-image figures, averaged over the images."""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from hourglass.evaluation.intervals import mean_interval

Array = NDArray[np.floating]

# Eight-bit pixels cannot be known better than to half a grey level.
HALF_LEVEL = 1 / 512


def squared_error(pairs: Iterable[tuple[Array, Array]], seed: int) -> dict[str, Any]:
    """`mse` and `mse_ci`, as in `measure`, at a small part of its time."""
    values = np.concatenate([_squared_error(x, rebuilt) for x, rebuilt in pairs])
    return {"mse": float(values.mean()), "mse_ci": mean_interval(values, seed)}


def measure(pairs: Iterable[tuple[Array, Array]], seed: int) -> dict[str, float | list[float]]:
    """Compare batches of images and reconstructions, float (B, C, H, W), images in [0, 1].

    Returns:
        mse: mean squared error per pixel of the reconstruction as the model gives it, unclipped.
        mse_ci: its 95% bootstrap interval over the images.
        bce: binary cross-entropy per pixel, in nats, the reconstruction clipped to [1/512, 511/512].
        psnr: mean peak signal-to-noise ratio in dB, peak 1, the reconstruction clipped to [0, 1].
        ssim: mean structural similarity (Wang et al., 2004; 7x7 windows), clipped likewise.
    """
    # Not a list of arrays: those of each batch would lie between the blocks of memory that the next one needs.
    columns: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))
    for x, rebuilt in pairs:
        for name, values in per_image(x, rebuilt).items():
            columns[name].extend(values.tolist())
    result: dict[str, float | list[float]] = {name: float(np.mean(values)) for name, values in columns.items()}
    result["mse_ci"] = mean_interval(np.array(columns["mse"]), seed)
    return result


def per_image(x: Array, rebuilt: Array) -> dict[str, Array]:
    """The figures of `measure` for each image: (B, C, H, W) twice -> name -> (B,)."""
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


def _squared_error(x: Array, rebuilt: Array) -> Array:
    return np.square(rebuilt.astype(np.float64) - x).mean(tuple(range(1, x.ndim)))


def psnr(x: Array, rebuilt: Array) -> Array:
    """Peak signal-to-noise ratio of each reconstruction clipped to [0, 1], in dB: (B, C, H, W) twice -> (B,)."""
    squared = np.square(rebuilt.clip(0, 1) - x, dtype=np.float64).mean(tuple(range(1, x.ndim)))
    # An exact copy has no error; 100 dB at most keep the mean finite.
    return -10 * np.log10(squared.clip(1e-10))
