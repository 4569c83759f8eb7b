"""One HTML file with everything in it: styles, script and pictures, so that it opens offline anywhere."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hourglass.core.files import replacing, write_text
from hourglass.reporting import figures, table
from hourglass.reporting.results import Result

TEMPLATES = Path(__file__).parent / "templates"


def draw(results: Sequence[Result], classes: Sequence[str], normal: int, folder: Path) -> None:
    """Draw every picture into `folder`, as PNG: the overviews there, each variant's in a folder of its name."""
    pictures = {"reconstructions": figures.reconstructions(results, classes), "roc": figures.roc(results)}
    for result in results:
        own = {
            "reconstructions": figures.reconstructions([result], classes),
            "scores": figures.scores(result, normal),
            "codes": figures.codes(result, classes),
            "training": figures.training(result),
        }
        if "samples" in result.examples:
            own["samples"] = figures.samples(result)
        if "restoration_restored" in result.examples:
            own["restorations"] = figures.restorations(result, classes)
        pictures |= {f"{result.name}/{name}": figure for name, figure in own.items()}
    for name, figure in pictures.items():
        with replacing(folder / f"{name}.png") as partial:
            # Without the software's version, which would change the file and nothing in the picture.
            figure.savefig(partial, format="png", metadata={"Software": None})


def render(
    results: Sequence[Result],
    controls: Mapping[str, Any],
    acceptance: Mapping[str, Any],
    dataset: Mapping[str, Any],
    pictures: Path,
    target: Path,
) -> None:
    """Render the report to `target`, with the pictures that `draw` left in `pictures`.

    Args:
        controls: metrics of the mean image and of raw pixels, by name.
        acceptance: content of reports/acceptance.json.
        dataset: name, classes and normal (name of the normal class).
    """
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters["picture"] = lambda name: _inline(pictures / f"{name}.png")
    page = environment.get_template("report.html").render(
        columns=table.COLUMNS,
        rows=table.rows(results, controls),
        results=results,
        acceptance=acceptance,
        dataset=dataset,
        hardest={result.name: min(result.detect["by_class"].items(), key=lambda item: item[1]) for result in results},
    )
    write_text(target, page)


def _inline(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
