"""Whether another folder of images may have been published under the same name."""

from mlflow.exceptions import MlflowException

from hourglass.core.errors import HourglassError
from hourglass.tracking import store


def warning(experiment: str) -> str | None:
    """One line if MLflow has the experiment already, or cannot be asked; None otherwise."""
    try:
        known = store.open_client().get_experiment_by_name(experiment)
    except (HourglassError, MlflowException) as error:
        return f"warning: whether the name is taken in MLflow could not be checked: {' '.join(str(error).split())}"
    if known is None:
        return None
    return (
        f"warning: MLflow has results named {experiment}; if they are of other images, choose another --name, or both "
        "share versions and champion"
    )
