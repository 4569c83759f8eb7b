"""Make MLflow agree with the results on disk. Also the command `hourglass publish`."""

from hourglass.core import params
from hourglass.tracking import contents, receipt, trial_name
from hourglass.tracking.contents import PublishSettings
from hourglass.tracking.settings import Names


class Params(PublishSettings):
    """What the stage reads of params.yaml."""


def main() -> None:
    # Here, because `is_needed` should not wait for mlflow.
    from hourglass.tracking import dataset, publish, trials
    from hourglass.tracking.promotion import Promotion

    settings = params.read(Params)
    names, results = settings.mlflow.names(settings.data), contents.read_all(settings)
    datasets = dataset.read(settings.data.name)
    if trial := trial_name.current():
        print(f"results of DVC experiment {trial} go to {names.trials}; after `git commit` they are published")
        trials.log(trial, results, datasets, names)
        return
    publish.publish(results, datasets, names)
    Promotion(names.model, settings.mlflow.margin).set_first(results, names.experiment)
    receipt.note(results, names)


def is_needed() -> bool:
    """Whether MLflow was last given something else than what lies on disk."""
    settings = params.read(Params)
    return receipt.is_outdated(lambda: contents.read_all(settings), settings.mlflow.names(settings.data))


def names() -> Names:
    """What this configuration is called in MLflow."""
    settings = params.read(Params)
    return settings.mlflow.names(settings.data)
