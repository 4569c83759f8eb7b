"""From `module: vae` and its settings to a network. The file's name is the registry: there is no list to edit."""

import inspect
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import torch
from pydantic import BaseModel, create_model

from hourglass.core.errors import SettingsError
from hourglass.core.params import PARAMS, Settings, check, suggestion
from hourglass.models.autoencoder import Autoencoder, Shape

VARIANTS = Path(__file__).parent.parent / "variants"
NOT_OF_THE_NETWORK = ("module", "train", "train_normal")


def modules() -> list[str]:
    """Names of the files in variants/, which are the values `module` can take."""
    return sorted(file.stem for file in VARIANTS.glob("[!_.]*.py"))


def find(module: str, where: str) -> type[Autoencoder]:
    """The autoencoder class that variants/<module>.py defines.

    Raises:
        SettingsError: there is no such file; names those that exist.
    """
    if module not in modules():
        raise SettingsError(
            f"{PARAMS}: {where}.module: {module!r} is not a file in variants/{suggestion(module, modules())}"
        )
    content = vars(import_module(f"hourglass.variants.{module}")).values()
    own = [item for item in content if inspect.isclass(item) and item.__module__.endswith(f"variants.{module}")]
    found = [item for item in own if issubclass(item, Autoencoder)]
    if len(found) != 1:
        raise SettingsError(f"variants/{module}.py defines {len(found)} subclasses of Autoencoder; it must define one")
    return found[0]


def settings_of(variant: type[Autoencoder]) -> type[BaseModel]:
    """The keyword arguments of a variant's constructor, as a checked schema: they are its settings."""
    hints = get_type_hints(variant.__init__, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(variant).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            fields[name] = (hints[name], ... if parameter.default is parameter.empty else parameter.default)
    return create_model(variant.__name__, __base__=Settings, **fields)


def check_settings(settings: Mapping[str, Any], where: str) -> tuple[type[Autoencoder], BaseModel]:
    """The class that `settings` names, and its checked settings; raises as `build` does."""
    if "module" not in settings:
        raise SettingsError(f"{PARAMS}: {where}.module: missing; allowed: {', '.join(modules())}")
    variant = find(str(settings["module"]), where)
    own = {name: value for name, value in settings.items() if name not in NOT_OF_THE_NETWORK}
    return variant, check(where, own, settings_of(variant))


def build(settings: Mapping[str, Any], image_shape: Shape, seed: int, where: str = "variant") -> Autoencoder:
    """A freshly initialised variant; the same seed gives the same weights.

    Args:
        settings: the variant's entry of params.yaml: `module` and the module's own settings; what it says of
            training is passed over.
        image_shape: (channels, height, width) of one image.
        where: the key path of the settings, for messages.

    Raises:
        SettingsError: no such module, or a setting is unknown, mistyped or out of range.
    """
    variant, checked = check_settings(settings, where)
    torch.manual_seed(seed)
    try:
        return variant(image_shape, **checked.model_dump())
    except ValueError as error:  # settings that are right by themselves and wrong for these images
        raise SettingsError(f"{PARAMS}: {where}.{error}") from None
