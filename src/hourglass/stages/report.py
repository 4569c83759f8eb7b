"""Draw the pictures, render the report, and write the tables of the documents and the curves for `dvc plots`."""

from collections.abc import Mapping

import numpy as np
from pydantic import JsonValue

from hourglass.core import layout
from hourglass.core.files import read_json, write_text
from hourglass.core.metrics import Metrics
from hourglass.core.params import read
from hourglass.data.imageset import open_splits
from hourglass.data.settings import DataSettings
from hourglass.reporting import controls, curves, live, page, results, results_file
from hourglass.reporting.language import spoken
from hourglass.reporting.results import ReportContext
from hourglass.reporting.settings import ReportSettings
from hourglass.spread import Spread, Trained


class Params(Trained):
    """What the stage reads of params.yaml."""

    data: DataSettings
    experiments: Mapping[str, Mapping[str, JsonValue]]
    report: ReportSettings


def main() -> None:
    params = read(Params)
    # Over the variants of params.yaml, never over the files there are: a removed variant leaves nothing behind.
    spread = Spread.read(params.data.name, params.data.normal, params.digests())
    variants = [results.load(name, spread) for name in params.variants]
    test, train = open_splits("test", "train")
    context = ReportContext(
        dataset=params.data.name,
        classes=test.classes,
        normal=params.data.normal,
        controls=controls.load(variants[0]),
        acceptance=read_json(layout.ACCEPTANCE),
        reference=Metrics(read_json(layout.REFERENCE_METRICS)),
        bottleneck=Metrics(read_json(layout.BOTTLENECK_METRICS)),
        benchmark=results.benchmark(params.data.name, params.variants),
        shown=[test.classes[number] for number in np.unique(test.labels)],
        data=results.account([train, test]) if params.data.images else None,
        claims=read_json(layout.CLAIMS),
        experiments={name: results.experiment(name) for name in params.experiments},
    )
    with spoken(params.report.language):
        shown = live.load(variants, context, test)
        page.write(variants, context, params.variants, shown, layout.FIGURES, layout.PAGE)
    write_text(layout.RESULTS_TABLE, results_file.text(variants, context, params.variants))
    curves.write(variants, {name: str(settings["module"]) for name, settings in params.variants.items()}, layout.CURVES)
