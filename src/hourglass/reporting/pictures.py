"""Pictures of the report: what they show, and their files."""

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from hourglass.core.files import replacing
from hourglass.core.machine import cores
from hourglass.reporting.captions import Caption

# A small palette makes a file a quarter as large, without a visible difference.
COLOURS = 128


@dataclass(frozen=True)
class Picture:
    """One figure of the report.

    name: path of its file in the folder of figures, without the ending. draw: returns it; can be pickled.
    """

    name: str
    caption: Caption
    draw: Callable[[], Figure]


def save(pictures: Iterable[Picture], folder: Path) -> None:
    """Draw all pictures on all cores, and write each to `folder` as PNG."""
    with ProcessPoolExecutor(cores()) as pool:
        list(pool.map(_save, pictures, repeat(folder)))


def file(name: str, folder: Path) -> Path:
    """Where `save` writes the picture of a name."""
    return folder / f"{name}.png"


def _save(picture: Picture, folder: Path) -> None:
    canvas = FigureCanvasAgg(picture.draw())
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba()))
    with replacing(file(picture.name, folder)) as partial:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(partial, "png", optimize=True)
