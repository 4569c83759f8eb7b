"""Fetch the raw dataset, from whichever source works, and check it."""

from hourglass.core import layout, params
from hourglass.core.params import Settings
from hourglass.data.settings import DataSettings
from hourglass.data.sources import fetch


class Params(Settings):
    """What the stage reads of params.yaml."""

    data: DataSettings


def main() -> None:
    fetch(params.read(Params).data, layout.RAW)
