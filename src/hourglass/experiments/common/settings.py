"""The section `experiments` of params.yaml, as far as all experiments share it."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field, PositiveInt

from hourglass.core import registry
from hourglass.core.errors import SettingsError
from hourglass.core.params import PARAMS, Settings, suggestion
from hourglass.training.settings import TrainSettings

EXPERIMENTS = "experiments"


class ExperimentSettings(Settings):
    """What every experiment states; a file in experiments/ may define more.

    module: name of a file in variants/, whose network is trained.
    network: the settings of that file, as an entry of `variants` has them.
    images: training images, the first of all classes.
    seeds: trainings of each network; intervals reach from the least to the greatest result. With three of each of two
        networks, chance alone separates them in a stated direction once in 20 times; with two, once in 6.
    train: how networks are trained.
    """

    module: str
    network: Mapping[str, Any]
    images: PositiveInt
    seeds: Annotated[int, Field(ge=3, le=20)]
    train: TrainSettings


class AnyExperiment(ExperimentSettings):
    """An entry before its own settings are checked, which needs the experiment's file, and torch with it."""

    model_config = ConfigDict(extra="allow")


def names() -> list[str]:
    """Every experiment: the files in experiments/."""
    return registry.names(EXPERIMENTS)


def require_known(name: str) -> None:
    """Return if there is an experiment called `name`.

    Raises:
        SettingsError: there is none; names the nearest.
    """
    if name not in names():
        where = f"{PARAMS}: {EXPERIMENTS}.{name}"
        raise SettingsError(f"{where}: not a file in {EXPERIMENTS}/{suggestion(name, names())}")
