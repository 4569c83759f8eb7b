"""Scorers by name. The file's name in scorers/ is the registry: there is no list to edit."""

import inspect
from importlib import import_module
from pathlib import Path

from hourglass.core.errors import SettingsError
from hourglass.core.params import PARAMS, suggestion
from hourglass.detectors.scorers.scorer import Scorer
from hourglass.models.autoencoder import Autoencoder

SCORERS = Path(__file__).parent / "scorers"


def names() -> list[str]:
    """Names of the files in scorers/ that hold one."""
    return sorted(file.stem for file in SCORERS.glob("[!_.]*.py") if file.stem != "scorer")


def find(name: str, network: type[Autoencoder]) -> type[Scorer]:
    """The class that scorers/<name>.py defines.

    Raises:
        SettingsError: there is no such file, or it needs what networks of this class do not offer.
    """
    if name not in names():
        known = suggestion(name, names())
        raise SettingsError(f"{PARAMS}: detect: {name!r} is not a file in detectors/scorers/{known}")
    scorer = _load(name)
    if not scorer.applies(network):
        raise SettingsError(f"{PARAMS}: detect: scorer {name!r} does not apply to {network.__name__}")
    return scorer


def applicable(network: type[Autoencoder]) -> list[str]:
    """Names of all scorers that networks of this class offer enough for."""
    return [name for name in names() if _load(name).applies(network)]


def _load(name: str) -> type[Scorer]:
    module = import_module(f"hourglass.detectors.scorers.{name}")
    own = [item for item in vars(module).values() if inspect.isclass(item) and item.__module__ == module.__name__]
    return next(item for item in own if issubclass(item, Scorer))
