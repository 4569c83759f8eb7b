"""Pictures of anomaly maps: images with the strange places coloured; results in, matplotlib figures out."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hourglass.reporting import grids
from hourglass.reporting.results import Result
from hourglass.reporting.style import ANOMALY, NORMAL

Images = NDArray[np.uint8]
Colours = NDArray[np.floating]

KINDS = ("patch", "scratch", "stain")
# So many times as strange as usual: colour begins, colour is full. The same in all pictures, so that they compare.
FAINTEST, FULL = 2.0, 20.0
# Under the colour the image pales, so that a dark one does not swallow it.
PALE = 0.5


def anomalies(result: Result, classes: Sequence[str]) -> Figure:
    """One column a class: a test image, and below it the same with the strange places coloured."""
    images = result.maps["images"]
    rows = [("image", coloured(images)), ("map", heated(images, result.maps["maps"]))]
    return grids.in_rows(rows, classes)


def defects(result: Result) -> Figure:
    """Normal images with a synthetic defect, three of each kind; below, strange places coloured, defects outlined."""
    images, maps, masks = (
        np.concatenate([result.maps[f"{kind}_{part}"] for kind in KINDS]) for part in ("images", "maps", "masks")
    )
    side = grids.IMAGE  # before the outline is drawn, which may be thinner than a pixel of the image
    large = [grids.enlarged(image, side) for image in heated(images, maps)]
    marked = [outlined(image, grids.enlarged(mask[None], side)[0]) for image, mask in zip(large, masks, strict=True)]
    titles = [kind for kind in KINDS for _ in range(len(images) // len(KINDS))]
    return grids.in_rows([("defect", coloured(images)), ("map", np.stack(marked))], titles)


def coloured(images: Images) -> Colours:
    """uint8 images (N, C, H, W) -> RGB (N, 3, H, W) in [0, 1]; grey images dark on white, like print."""
    shares = images / 255
    return shares if images.shape[1] == 3 else np.repeat(1 - shares, 3, axis=1)


def heated(images: Images, maps: NDArray[np.floating]) -> Colours:
    """Colour images (N, C, H, W) where their maps (N, H, W) say so, by the logarithm: RGB (N, 3, H, W) in [0, 1]."""
    heat = np.log(np.maximum(maps, FAINTEST) / FAINTEST) / np.log(FULL / FAINTEST)
    cover = heat.clip(0, 1)[:, None]
    pale = PALE + (1 - PALE) * coloured(images)
    return (1 - cover) * pale + cover * np.array(to_rgb(ANOMALY))[:, None, None]


def outlined(image: Colours, mask: NDArray[np.bool_]) -> Colours:
    """Draw the border of a mask (H, W) into an RGB image (3, H, W): pixels of the mask beside one that is none."""
    padded = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.where(mask & ~inner, np.array(to_rgb(NORMAL))[:, None, None], image)
