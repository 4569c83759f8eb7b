"""Pictures of the report: what they show, and their files."""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter
from PIL import Image

from hourglass.core.files import replacing
from hourglass.core.machine import cores
from hourglass.reporting.captions import Caption
from hourglass.reporting.language import current, localised, spoken, start
from hourglass.reporting.names_in_pictures import Named, Place, find
from hourglass.reporting.plots import ground
from hourglass.reporting.settings import Language

# A small palette makes a file a quarter as large, without a visible difference.
COLOURS = 128
# In the page. Charts are smaller as WebP; images of many greys are a third of it as AVIF.
FORMATS: Mapping[str, Mapping[str, Any]] = {
    "webp": {"lossless": True, "quality": 80, "method": 4},
    "avif": {"quality": 40, "speed": 8, "max_threads": 1},
}


@dataclass(frozen=True)
class Picture:
    """One figure of the report.

    name: path of its file in the folder of figures, without the ending. draw: returns it; can be pickled.
    language: that it is drawn in; None: the report's.
    """

    name: str
    caption: Caption
    draw: Callable[[], Figure]
    language: Language | None = None


@dataclass(frozen=True)
class Embedded:
    """A picture for the page: an address that holds it, its size in pixels, and where it names something."""

    address: str
    width: int
    height: int
    places: Sequence[Place]


def save(pictures: Iterable[Picture], folder: Path, names: Mapping[str, Named]) -> dict[str, Embedded]:
    """Draw all pictures on all cores, and write each to `folder` as PNG.

    Args:
        names: text -> what it names, where a picture has it.

    Returns:
        Name -> the same picture in fewer bytes.
    """
    shown = list(pictures)
    with ProcessPoolExecutor(cores(), initializer=_start, initargs=(current(), ground.photographs())) as pool:
        found = pool.map(_save, shown, repeat(folder), repeat(names))
        return dict(zip((picture.name for picture in shown), found, strict=True))


def _start(language: Language, photographs: bool) -> None:
    start(language)
    ground.start(photographs)


def file(name: str, folder: Path) -> Path:
    """Where `save` writes the picture of a name."""
    return folder / f"{name}.png"


def _save(picture: Picture, folder: Path, names: Mapping[str, Named]) -> Embedded:
    with spoken(picture.language or current()):
        canvas = FigureCanvasAgg(picture.draw())
        localise(canvas.figure)
        canvas.draw()
        places = [*find(canvas.figure, names)]
    image = Image.fromarray(np.asarray(canvas.buffer_rgba()))
    few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    with replacing(file(picture.name, folder)) as partial:
        few.save(partial, "png", optimize=True)
    return Embedded(_address(few.convert("RGB")), *few.size, places)


class _Ticks(ScalarFormatter):
    """Numbers at ticks, with the signs of the language."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return localised(super().__call__(x, pos))


def localise(figure: Figure) -> None:
    """Write the ticks that matplotlib chose in the language of the report; plots write the others themselves."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if type(axis.get_major_formatter()) is ScalarFormatter:
                axis.set_major_formatter(_Ticks())


def _address(image: Image.Image) -> str:
    """A picture as an address that holds it: the smaller of WebP, without loss, and AVIF, without a visible one."""
    found = {}
    for form, settings in FORMATS.items():
        target = BytesIO()
        image.save(target, form, **settings)
        found[form] = target.getvalue()
    form, content = min(found.items(), key=lambda item: len(item[1]))
    return f"data:image/{form};base64,{base64.b64encode(content).decode()}"
