"""Scorers by name. The file's name in scorers/ is the registry: there is no list to edit."""

import inspect
from contextlib import suppress
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
    content = vars(import_module(f"hourglass.detectors.scorers.{name}")).values()
    classes = [item for item in content if inspect.isclass(item) and item is not Scorer]
    scorer = next(item for item in classes if issubclass(item, Scorer))
    if not scorer.applies(network):
        raise SettingsError(f"{PARAMS}: detect: scorer {name!r} does not apply to {network.__name__}")
    return scorer


def applicable(network: type[Autoencoder]) -> list[str]:
    """Names of all scorers that networks of this class offer enough for."""
    found = []
    for name in names():
        with suppress(SettingsError):
            find(name, network)
            found.append(name)
    return found
