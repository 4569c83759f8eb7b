"""Fetch the raw dataset, from whichever source works, and check it; or read the user's own images."""

from hourglass.core import layout, params
from hourglass.core.params import Settings
from hourglass.data.settings import DataSettings
from hourglass.data.sources import fetch


class Params(Settings):
    """What the stage reads of params.yaml."""

    data: DataSettings


def main() -> None:
    data = params.read(Params).data
    if data.images is None:
        fetch(data, layout.RAW)
        return
    from hourglass.data.collect import collect  # a known dataset should not wait for NumPy

    collect(data, layout.RAW)
