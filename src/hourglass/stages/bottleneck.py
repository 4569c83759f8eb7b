"""Put what the bottleneck sweep measured into one file, by kind of autoencoder."""

from hourglass.bottleneck.settings import SweepSettings
from hourglass.core import layout, params
from hourglass.core.files import read_json, write_json
from hourglass.core.params import Settings


class Params(Settings):
    """What the stage reads of params.yaml."""

    sweep: SweepSettings


def main() -> None:
    names = params.read(Params).sweep.variants
    write_json(layout.BOTTLENECK_METRICS, {name: read_json(layout.sweep(name)) for name in names})
