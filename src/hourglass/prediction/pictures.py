"""Arrays -> PNG files: reconstructions, and images coloured by their anomaly maps."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hourglass.core.files import replacing
from hourglass.data.imageset import ImageSet
from hourglass.data.parallel import map_files
from hourglass.detection.detector import Detector
from hourglass.prediction.sources import target

# Small images are enlarged by whole factors up to about this side, so that a map can be seen.
SIDE = 256


def save_maps(detector: Detector, images: ImageSet, names: Sequence[str], folder: Path) -> None:
    """Write a PNG per image: the image, coloured where its anomaly map is high, on the scale of the report."""
    from hourglass.reporting.plots.anomaly_maps import coloured  # matplotlib is slow to import

    rgb = np.broadcast_to(images[:], (len(images), 3, *images.image_shape[1:]))
    factor = max(1, SIDE // max(images.image_shape[1:]))
    save(coloured(rgb, detector.maps(images)), names, folder, factor)


def save(images: NDArray[np.floating], names: Sequence[str], folder: Path, factor: int = 1) -> None:
    """Write images (N, C, H, W) in [0, 1], clipped, as PNG files with the names of the files they are of.

    Args:
        factor: how many times as large the pictures are.
    """
    numbers = {target(folder, name): number for number, name in enumerate(names)}  # a file may be named twice

    def write(path: Path) -> None:  # enlarged as floats, all images would take more memory than everything else
        pixels = np.rint(images[numbers[path]].clip(0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)
        enlarged = pixels.repeat(factor, axis=0).repeat(factor, axis=1)
        with replacing(path) as partial:
            Image.fromarray(enlarged[..., 0] if enlarged.shape[2] == 1 else enlarged).save(partial, "png")

    list(map_files(write, list(numbers)))
