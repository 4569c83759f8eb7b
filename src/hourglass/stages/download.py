"""Fetch the raw dataset, from whichever source works, and check it."""

from pathlib import Path

from hourglass.core import params
from hourglass.data.settings import DataSettings
from hourglass.data.sources import fetch


def main() -> None:
    fetch(params.section("data", DataSettings), Path("data/raw"))
