"""Images, coloured where their anomaly maps are high."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hourglass.data.imageset import to_unit
from hourglass.reporting.language import say
from hourglass.reporting.plots.ground import photographs
from hourglass.reporting.plots.image_grid import image_grid, resized, side_of
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.style import ANOMALY, NORMAL
from hourglass.reporting.results import Result

Colours = NDArray[np.floating]

# Where colour begins and where it is full, in multiples of the mean over normal images. The same in all pictures, so
# that they can be compared.
COLOUR_BEGINS, COLOUR_FULL = 2.0, 20.0
# Images are lightened by this much below the colour, so that it shows on dark ones.
PALE = 0.5


def anomaly_maps(result: Result, classes: Sequence[str]) -> Figure:
    """A column per class: a test image, and below it the same coloured by its anomaly map."""
    images = result.maps["images"]
    rows = [(say(LABELS.image), printed(images)), (say(LABELS.anomaly_map), coloured(images, result.maps["maps"]))]
    return image_grid(rows, classes)


def defects(result: Result) -> Figure:
    """Normal images with synthetic defects of each kind; below, coloured by their maps, defects outlined."""
    images, maps, masks = (
        np.concatenate([result.maps[f"{kind}_{part}"] for kind in LABELS.defects])
        for part in ("images", "maps", "masks")
    )
    titles = [say(title) for title in LABELS.defects.values() for _ in range(len(images) // len(LABELS.defects))]
    return _outlined_maps(images, maps, masks, titles)


def marked(result: Result, classes: Sequence[str]) -> Figure:
    """Test images with marked defects; below, coloured by their maps, the marks outlined.

    Args:
        classes: names of all classes, by number.
    """
    images, maps, masks, labels = (result.maps[f"marked_{part}"] for part in ("images", "maps", "masks", "labels"))
    return _outlined_maps(images, maps, masks, [classes[label] for label in labels])


def _outlined_maps(
    images: NDArray[np.uint8], maps: NDArray[np.floating], masks: NDArray[np.bool_], titles: Sequence[str]
) -> Figure:
    # The outline is to be thinner than a pixel of a small image, so images are resized before it is drawn.
    side = side_of(images.shape[2])
    outlined_images = [
        outlined(resized(image, side), resized(mask[None], side)[0] > 0)
        for image, mask in zip(coloured(images, maps), masks, strict=True)
    ]
    return image_grid(
        [(say(LABELS.defect), printed(images)), (say(LABELS.anomaly_map), np.stack(outlined_images))], titles
    )


def printed(images: NDArray[np.uint8]) -> Colours:
    """uint8 images (N, C, H, W) -> RGB (N, 3, H, W) in [0, 1]; grey images as plots/ground.py says."""
    shares = to_unit(images, np.float64)
    if images.shape[1] == 3:
        return shares
    return np.repeat(shares if photographs() else 1 - shares, 3, axis=1)


def coloured(images: NDArray[np.uint8], maps: NDArray[np.floating]) -> Colours:
    """Colour images (N, C, H, W) by the logarithm of their maps (N, H, W): RGB (N, 3, H, W) in [0, 1]."""
    strength = np.log(np.maximum(maps, COLOUR_BEGINS) / COLOUR_BEGINS) / np.log(COLOUR_FULL / COLOUR_BEGINS)
    cover = strength.clip(0, 1)[:, None]
    pale = PALE + (1 - PALE) * printed(images)
    return (1 - cover) * pale + cover * np.array(to_rgb(ANOMALY))[:, None, None]


def outlined(image: Colours, mask: NDArray[np.bool_]) -> Colours:
    """Draw a line around a mask (H, W) into an RGB image (3, H, W): pixels beside the mask, which stays visible."""
    # skimage's find_boundaries gives the same pixels, but importing it takes longer than drawing all outlines.
    padded = np.pad(mask, 1)
    reached = padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    return np.where(reached & ~mask, np.array(to_rgb(NORMAL))[:, None, None], image)
