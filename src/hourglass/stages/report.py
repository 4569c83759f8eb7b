"""Draw the figures and render the report."""

from pathlib import Path

from hourglass.core import params
from hourglass.core.files import read_json, write_text
from hourglass.data import arrays
from hourglass.data.settings import DataSettings
from hourglass.reporting import report, results, table

REPORTS = Path("reports")


def main() -> None:
    dataset, normal = arrays.describe(), params.section("data", DataSettings).normal_class
    # Over the variants that params.yaml names, never over the files found: a removed variant leaves no ghost.
    found = [results.load(name, settings) for name, settings in params.read()["variants"].items()]
    controls = {name: read_json(results.METRICS / "evaluate" / f"{name}.json") for name in ("mean_image", "pixels")}
    facts = {"name": dataset.name, "classes": dataset.classes, "normal": dataset.classes[normal]}
    acceptance = read_json(REPORTS / "acceptance.json")
    report.write(found, controls, acceptance, facts, REPORTS / "figures", REPORTS / "index.html")
    write_text(REPORTS / "results.md", table.markdown(found, controls))
