"""Image files as a network that restores them takes them, and what it makes of them."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from hourglass.data.imageset import to_unit
from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.prediction.sources import read

# Pixels are hidden that are more transparent than this, of 255.
OPAQUE = 127


def observe(name: str, start: Path, model: Autoencoder, fit: str) -> Tensor | str:
    """The image in a file as the network takes it, (1, C, H, W) in [0, 1], or why it cannot be read.

    A network that enlarges images takes a file of at most the small size at that size; it shrinks larger ones itself.
    For one that fills in hidden pixels, transparent pixels are hidden: NaN.
    """
    shape, hides = _observed(model)
    found = read(name, start, model.image_shape, fit)
    if not isinstance(found, str) and shape != model.image_shape and _fits(found[1], shape):
        found = read(name, start, shape, fit)
    if isinstance(found, str):
        return found
    observed = torch.from_numpy(to_unit(found[0]))[None]
    if not hides:
        return observed
    with Image.open(start / name) as file:
        if not file.has_transparency_data:
            return observed
        hidden = _transparent(ImageOps.exif_transpose(file), shape, fit)
    return observed.masked_fill(torch.from_numpy(hidden), torch.nan)


@torch.inference_mode()
def restore(model: Autoencoder, observed: Tensor) -> Tensor:
    """What a network makes of an image as of `observe`: (1, C, H, W) at its full size, on the CPU.

    A conditional network is not told the class of the image, so it gets the one whose reconstruction is nearest.
    """
    observed = observed.to(model.device)
    if observed.isnan().any() or observed.shape[1:] != model.image_shape:
        return model.restore(observed).cpu()
    if not model.conditional:
        return model.reconstruct(observed).cpu()
    classes = torch.arange(model.description["settings"]["classes"], device=model.device)
    every = model.reconstruct(observed.expand(len(classes), -1, -1, -1), classes)
    return every[(every - observed).square().flatten(1).mean(1).argmin()][None].cpu()


def _observed(model: Autoencoder) -> tuple[Shape, bool]:
    """Shape (C, H, W) of the images that a network restores, and whether some of their pixels are hidden."""
    if not model.restores:
        return model.image_shape, False
    example = model.corrupt(torch.zeros(1, *model.image_shape, device=model.device), model.level, torch.Generator())
    channels, height, width = example.shape[1:]
    return (channels, height, width), bool(example.isnan().any())


def _fits(size: tuple[int, int], shape: Shape) -> bool:
    """Whether an image of that width and height is at most as large as one of the shape (C, H, W)."""
    return size[0] <= shape[2] and size[1] <= shape[1]


def _transparent(image: Image.Image, shape: Shape, fit: str) -> NDArray[np.bool_]:
    """Which pixels of an upright image, brought to `shape`, are transparent: (H, W)."""
    size = shape[2], shape[1]
    clear = ImageOps.invert(image.convert("RGBA").getchannel("A"))
    return np.asarray(clear.resize(size) if fit == "stretch" else ImageOps.pad(clear, size, color=0)) > OPAQUE
