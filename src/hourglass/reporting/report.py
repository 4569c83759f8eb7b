"""One HTML file with everything in it: styles, script and pictures, so that it opens offline anywhere."""

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from hourglass.core.files import replacing, write_text
from hourglass.reporting import columns, pictures, table
from hourglass.reporting.pictures import Picture
from hourglass.reporting.purposes import purposes
from hourglass.reporting.results import Result

TEMPLATES = Path(__file__).parent / "templates"
# The figures of a variant's own fold.
FIGURES = {
    "Reconstruction": columns.COMPRESS,
    "Restoration": columns.RESTORE,
    "Representation": columns.ORGANISE[1:],
    "Codebook": columns.GENERATE[1:],
    "Sparsity": columns.SPARSITY,
    "Detection": columns.DETECT,
}


def write(
    results: Sequence[Result],
    controls: Mapping[str, Any],
    acceptance: Mapping[str, Any],
    dataset: Mapping[str, Any],
    folder: Path,
    target: Path,
) -> None:
    """Draw every picture into `folder`, and render the report that holds them all to `target`.

    Args:
        controls: "mean_image" and "pixels" -> contents of their files of evaluation metrics.
        acceptance: content of reports/acceptance.json.
        dataset: name, classes and normal (name of the normal class).
        folder: gets the overviews as PNG, and a folder for each variant's own.
    """
    sections = purposes(results, controls, dataset["classes"])
    own = {result.name: pictures.of(result, dataset["classes"], dataset["normal"]) for result in results}
    for group in (*(section.pictures for section in sections), *own.values()):
        for picture in group:
            _draw(picture, folder)
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters["inline"] = lambda name: _inline(folder / f"{name}.png")
    page = environment.get_template("report.html").render(
        sections=sections,
        results=results,
        pictures=own,
        figures={result.name: _figures(result) for result in results},
        acceptance=acceptance,
        dataset=dataset,
    )
    write_text(target, page)


def _draw(picture: Picture, folder: Path) -> None:
    drawn = io.BytesIO()
    picture.draw().savefig(drawn, format="png")
    with replacing(folder / f"{picture.name}.png") as partial, Image.open(drawn) as image:
        # A palette makes the file a third as large, and the eye sees no difference.
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(partial, "png", optimize=True)


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
