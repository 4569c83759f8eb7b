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
    heat = coloured(rgb, detector.maps(images)).repeat(factor, axis=2).repeat(factor, axis=3)
    save(heat, names, folder)


def save(images: NDArray[np.floating], names: Sequence[str], folder: Path) -> None:
    """Write images (N, C, H, W) in [0, 1], clipped, as PNG files with the names of the files they are of."""
    pixels = np.rint(images.clip(0, 1) * 255).astype(np.uint8).transpose(0, 2, 3, 1)
    numbers = {target(folder, name): number for number, name in enumerate(names)}  # a file may be named twice

    def write(path: Path) -> None:
        image = pixels[numbers[path]]
        with replacing(path) as partial:
            Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(partial, "png")

    list(map_files(write, list(numbers)))
