"""Turn the raw files into train, validation and test arrays."""

from pathlib import Path

from hourglass.core import params
from hourglass.data.arrays import PREPARED
from hourglass.data.settings import DataSettings
from hourglass.data.splits import prepare


def main() -> None:
    prepare(params.section("data", DataSettings).name, Path("data/raw"), PREPARED)
