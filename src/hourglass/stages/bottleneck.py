"""Gather what the bottleneck sweep found, for each kind of autoencoder."""

from pathlib import Path

from hourglass.core import params
from hourglass.core.files import read_json, write_json
from hourglass.experiments.sweep import SweepSettings


def main() -> None:
    names = params.section("sweep", SweepSettings).variants
    found = {name: read_json(Path(f"reports/sweep/{name}.json")) for name in names}
    write_json(Path("reports/metrics/bottleneck.json"), found)
