"""Collect the metrics of every variant whose spread over trainings is measured, and where they come from.

    python -m benchmarks.spread.metrics

They are the headline metrics, those that tables show a spread of, and those that acceptance criteria name.
"""

import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from hourglass.core import layout, metrics, params
from hourglass.core.files import read_json, write_json
from hourglass.core.params import Settings
from hourglass.core.stage import attempt
from hourglass.pipeline.acceptance import Criterion, expand
from hourglass.reporting.columns import GALLERY
from hourglass.summary import HEADLINES
from hourglass.training.settings import VariantSettings

OUT = Path("benchmarks/spread/metrics.json")
SHOWN = {column.path for columns in GALLERY.values() for column in columns if column.std}
# The number of parameters is the same in every training.
PATHS = (SHOWN | set(HEADLINES.values())) - {"evaluate.parameters"}


class Params(Settings):
    """What the stage reads of params.yaml."""

    accept: Mapping[str, Criterion]
    variants: Mapping[str, VariantSettings]


def collect() -> dict[str, dict[str, float]]:
    """Variant -> path of a metric -> its value, of all results here.

    Raises:
        HourglassError: a variant was not measured here.
    """
    settings = params.read(Params)
    paths = {name: set(PATHS) for name in settings.variants}
    for _, variant, criterion in expand(settings.accept, settings.variants):
        paths[variant].add(criterion.metric)
    found: dict[str, dict[str, float]] = {}
    for variant in settings.variants:
        measured, found[variant] = metrics.of_variant(variant), {}
        for path in sorted(paths[variant]):
            with suppress(KeyError):
                found[variant][path] = measured.number(path)
    return found


def origin() -> Mapping[str, object] | None:
    """Origin of the last training here; None if every network came from a cache."""
    noted = {path: read_json(path) for path in layout.TIMINGS.glob("train_normal-*.json")}
    origins = {path: note["origin"] for path, note in noted.items() if isinstance(note, Mapping) and "origin" in note}
    return origins[max(origins, key=lambda path: path.stat().st_mtime)] if origins else None


def main() -> None:
    """Write one file: the metrics and their origin."""
    write_json(OUT, {"metrics": collect(), "origin": origin()})


if __name__ == "__main__":
    sys.exit(attempt(main))
