"""A folder of Python files as a registry: a file's name is what params.yaml calls it, and there is no list to edit."""

import inspect
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from hourglass.core.errors import SettingsError
from hourglass.core.params import PARAMS, suggestion

PACKAGE = Path(__file__).parents[1]

Base = TypeVar("Base")


def names(folder: str) -> list[str]:
    """Names of the files in a folder of the package, such as `detection/scorers`."""
    return sorted(file.stem for file in (PACKAGE / folder).glob("[!_.]*.py"))


def load(folder: str, name: str) -> ModuleType:
    """The module that a file of the folder is."""
    return import_module(f"hourglass.{folder.replace('/', '.')}.{name}")


def find(folder: str, name: str, base: type[Base], where: str) -> type[Base]:
    """The one subclass of `base` that the file `name` defines.

    Args:
        where: the key path of the name in params.yaml, for messages.

    Raises:
        SettingsError: there is no such file, or it does not define exactly one.
    """
    known = names(folder)
    if name not in known:
        raise SettingsError(f"{PARAMS}: {where}: {name!r} is not a file in {folder}/{suggestion(name, known)}")
    module = load(folder, name)
    own = [item for item in vars(module).values() if inspect.isclass(item) and item.__module__ == module.__name__]
    found = [item for item in own if issubclass(item, base)]
    if len(found) != 1:
        raise SettingsError(
            f"{folder}/{name}.py defines {len(found)} subclasses of {base.__name__}; it must define one"
        )
    return found[0]
