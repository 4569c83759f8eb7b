"""Make MLflow agree with the results on disk. Also the command `hourglass publish`."""

import os

from hourglass.core import params
from hourglass.tracking import contents, receipt
from hourglass.tracking.contents import PublishSettings
from hourglass.tracking.settings import Names


class Params(PublishSettings):
    """What the stage reads of params.yaml."""


def main() -> None:
    # Here, because `is_needed` should not wait for mlflow.
    from hourglass.tracking import dataset, publish, trials
    from hourglass.tracking.promotion import Promotion

    settings = params.read(Params)
    names, found = settings.mlflow.names(settings.data), contents.read_all(settings)
    datasets = dataset.read(settings.data.name)
    if trial := os.environ.get(trials.VARIABLE):
        trials.log(trial, found, datasets, names)
        return
    publish.publish(found, datasets, names)
    Promotion(names.model, settings.mlflow.margin).set_first(found)
    receipt.note(found, names)


def is_needed() -> bool:
    """Whether MLflow was last given something else than what lies on disk."""
    settings = params.read(Params)
    return receipt.is_outdated(lambda: contents.read_all(settings), settings.mlflow.names(settings.data))


def names() -> Names:
    """What this configuration is called in MLflow."""
    settings = params.read(Params)
    return settings.mlflow.names(settings.data)
