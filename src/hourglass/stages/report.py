"""Draw the figures and render the report."""

from hourglass.core import params
from hourglass.core.files import read_json, write_text
from hourglass.data import arrays
from hourglass.data.settings import DataSettings
from hourglass.reporting import report, results, table
from hourglass.reporting.results import METRICS, REPORTS, Common


def main() -> None:
    dataset, normal = arrays.describe(), params.section("data", DataSettings).normal_class
    # Over the variants that params.yaml names, never over the files found: a removed variant leaves no ghost.
    found = [results.load(name, settings) for name, settings in params.read()["variants"].items()]
    common = Common(
        dataset={"name": dataset.name, "classes": dataset.classes, "normal": dataset.classes[normal]},
        controls={name: read_json(METRICS / "evaluate" / f"{name}.json") for name in ("mean_image", "pixels")},
        acceptance=read_json(REPORTS / "acceptance.json"),
        judge=read_json(METRICS / "judge.json"),
        bottleneck=read_json(METRICS / "bottleneck.json"),
        benchmark=results.benchmark(dataset.name),
    )
    report.write(found, common, REPORTS / "figures", REPORTS / "index.html")
    write_text(REPORTS / "results.md", table.markdown(found, common.controls))
