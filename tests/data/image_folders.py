"""Real image files, made by Pillow."""

from pathlib import Path

import numpy as np
from PIL import Image


def picture(seed: int, width: int = 40, height: int = 30) -> Image.Image:
    """A coloured picture like no other."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def fill(folder: Path, count: int, seed: int = 0, suffix: str = "png") -> None:
    """Write `count` different images into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        picture(1000 * seed + number).save(folder / f"{number}.{suffix}")
