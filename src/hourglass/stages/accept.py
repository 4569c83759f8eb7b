"""Compare metrics with the acceptance criteria, and write each variant's headline metrics into one file.

A failed criterion fails `make check`, not this stage.
"""

from collections.abc import Mapping
from dataclasses import asdict

from hourglass.core import layout, metrics, params
from hourglass.core.files import write_json
from hourglass.core.params import Settings
from hourglass.pipeline.acceptance import Criterion, evaluate
from hourglass.summary import headlines
from hourglass.training.settings import VariantSettings


class Params(Settings):
    """What the stage reads of params.yaml."""

    accept: Mapping[str, Criterion]
    variants: Mapping[str, VariantSettings]


def main() -> None:
    settings = params.read(Params)
    measured = {variant: metrics.of_variant(variant) for variant in settings.variants}
    rows = evaluate(settings.accept, measured)
    content = {"passed": all(row.passed for row in rows), "criteria": [asdict(row) for row in rows]}
    write_json(layout.ACCEPTANCE, content)
    write_json(layout.SUMMARY, {variant: headlines(own) for variant, own in measured.items()})
    for row in rows:
        print(f"{'passed' if row.passed else 'FAILED'}  {row}")
