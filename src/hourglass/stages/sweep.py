"""Train and measure one kind of autoencoder of the bottleneck sweep at every latent size."""

from hourglass.bottleneck.settings import SweepSettings
from hourglass.bottleneck.sweep import Splits, sweep
from hourglass.core import device, layout, params
from hourglass.core.files import write_json
from hourglass.core.metrics import to_json
from hourglass.core.params import Common
from hourglass.data.imageset import open_splits
from hourglass.data.settings import DataSettings


class Params(Common):
    """What the stage reads of params.yaml."""

    data: DataSettings
    sweep: SweepSettings


def main(name: str) -> None:
    settings = params.read(Params)
    train, validation, test = open_splits("train", "validation", "test")
    splits = Splits(train, validation, test, settings.data.normal)
    found = {}
    for latent_dim, metrics in sweep(name, settings.sweep, splits, settings.seed, device.find(settings.device)):
        found[latent_dim] = metrics
        print(f"{name}, {latent_dim} dimensions: validation MSE {metrics.validation_mse.value:.4f}", flush=True)
    write_json(layout.sweep(name), to_json(found))
