"""The `mlflow` section of params.yaml, and names in MLflow; needs no mlflow, which takes seconds to import."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from hourglass.core.params import Settings
from hourglass.data.settings import DataSettings

# The alias of the version that is served; what addresses of versions begin with.
CHAMPION, URI = "champion", "models:/"
Name = Annotated[str, Field(pattern=r"^[^/:\s](?:[^/:]*[^/:\s])?$")]


@dataclass(frozen=True)
class Names:
    """What this configuration is called in MLflow, where all names share one namespace.

    experiment: holds a run per variant. trials: holds the runs of DVC experiments. model: the registered model.
    """

    experiment: str
    trials: str
    model: str


class MlflowSettings(Settings):
    """How results are recorded, and when `hourglass promote` moves the champion.

    experiment, model: names in MLflow; None: derived from dataset and normal class (`names`).
    margin: the lower end of the 95% interval of the difference in ROC-AUC must exceed it.
    """

    experiment: Name | None = None
    model: Name | None = None
    margin: Annotated[float, Field(ge=0, lt=1)] = 0.005

    def names(self, data: DataSettings) -> Names:
        """Names that no other dataset or normal class shares, unless both state the same ones."""
        default = data.name == "fashion_mnist" and data.normal == (0,)
        suffix = "" if default else f"-{data.name}-{data.normal_numbers}"
        experiment = self.experiment or f"hourglass{suffix}"
        return Names(experiment, f"{experiment}-experiments", self.model or f"hourglass-detector{suffix}")
