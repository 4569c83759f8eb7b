"""One HTML file with everything in it: styles, script and pictures, so that it opens offline anywhere."""

import base64
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from hourglass.core.files import replacing, write_text
from hourglass.core.machine import cores
from hourglass.reporting import columns, pictures, table
from hourglass.reporting.glance import glance
from hourglass.reporting.pictures import Picture
from hourglass.reporting.purposes import purposes
from hourglass.reporting.results import Common, Result

TEMPLATES = Path(__file__).parent / "templates"
COLOURS = 128
# The figures of a variant's own fold.
FIGURES = {
    "Reconstruction": columns.COMPRESS,
    "Restoration": columns.RESTORE,
    "Representation": columns.ORGANISE[1:],
    "Generation": columns.GENERATE[1:],
    "Codebook": columns.CODEBOOK,
    "Sparsity": columns.SPARSITY,
    "Detection": (*columns.DETECT, *columns.DETECTOR),
}


def write(results: Sequence[Result], common: Common, folder: Path, target: Path) -> None:
    """Draw every picture into `folder`, and render the report that holds them all to `target`.

    Args:
        folder: gets the overviews as PNG, and a folder for each variant's own.
    """
    sections = purposes(results, common)
    own = {result.name: pictures.of(result, common.classes, common.dataset["normal"]) for result in results}
    drawn = [picture for group in (*(section.pictures for section in sections), *own.values()) for picture in group]
    # All cores: the whole pipeline waits for this.
    with ProcessPoolExecutor(cores()) as pool:
        list(pool.map(_draw, drawn, repeat(folder)))
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters["inline"] = lambda name: _inline(folder / f"{name}.png")
    page = environment.get_template("report.html").render(
        glance=glance(sections, common.acceptance),
        sections=sections,
        results=results,
        pictures=own,
        figures={result.name: _figures(result) for result in results},
        acceptance=common.acceptance,
        dataset=common.dataset,
    )
    write_text(target, page)


def _draw(picture: Picture, folder: Path) -> None:
    canvas = FigureCanvasAgg(picture.draw())
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba()))
    with replacing(folder / f"{picture.name}.png") as partial:
        # A small palette makes the file a quarter as large, and the eye sees no difference.
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(partial, "png", optimize=True)


def _figures(result: Result) -> dict[str, list[tuple[str, str]]]:
    """What was measured -> titles and texts of the variant's figures, where it has any."""
    found = {}
    for measured, chosen in FIGURES.items():
        shown = table.build([result], {}, chosen)
        if shown.columns:
            (row,) = shown.rows
            texts = [cell.text + cell.interval for cell in row.cells]
            found[measured] = [(column.title, text) for column, text in zip(shown.columns, texts, strict=True)]
    return found


def _inline(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
