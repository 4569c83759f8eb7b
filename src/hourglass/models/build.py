"""Builds a network from `module: vae` and its settings; the module is the name of a file in variants/."""

import inspect
from collections.abc import Mapping
from typing import Any, get_type_hints

import torch
from pydantic import BaseModel, create_model
from torch import Tensor

from hourglass.core import registry
from hourglass.core.errors import SettingsError
from hourglass.core.params import PARAMS, Settings, check
from hourglass.models.autoencoder import Autoencoder, Shape

VARIANTS = "variants"


def modules() -> list[str]:
    """Names of the files in variants/: the values that `module` can take."""
    return registry.names(VARIANTS)


def find(module: str, where: str) -> type[Autoencoder]:
    """The autoencoder class that variants/<module>.py defines.

    Raises:
        SettingsError: there is no such file, or it does not define exactly one.
    """
    return registry.find(VARIANTS, module, Autoencoder, f"{where}.module")


def settings_of(variant: type[Autoencoder]) -> type[BaseModel]:
    """The schema of a variant's settings: the keyword arguments of its constructor."""
    hints = get_type_hints(variant.__init__, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(variant).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            fields[name] = (hints[name], ... if parameter.default is parameter.empty else parameter.default)
    return create_model(variant.__name__, __base__=Settings, **fields)


def build(
    module: str, settings: Mapping[str, Any], image_shape: Shape, seed: int, where: str = "variant"
) -> Autoencoder:
    """A freshly initialised variant; the same seed gives the same weights.

    Args:
        module: name of a file in variants/.
        settings: the keyword arguments of its constructor, unchecked.
        image_shape: (channels, height, width) of one image.
        where: the key path of the settings in params.yaml, for messages.

    Raises:
        SettingsError: no such module, or a setting is unknown, mistyped, out of range, or wrong for these images.
    """
    variant = find(module, where)
    checked = check(where, settings, settings_of(variant)).model_dump()
    torch.manual_seed(seed)
    try:
        model = variant(image_shape, **checked)
    except ValueError as error:  # valid settings that do not fit these images or each other
        raise SettingsError(f"{PARAMS}: {where}.{error}") from None
    model.description = {"module": module, "settings": checked, "image_shape": list(image_shape)}
    return model


def untrained(model: Autoencoder, seed: int) -> Autoencoder:
    """The same network as it was before training with `seed`, in evaluation mode, on the same device."""
    return _from_description(model.description, seed).to(model.device)


def rebuild(description: Mapping[str, Any], weights: Mapping[str, Tensor]) -> Autoencoder:
    """The network of a `description`, with the given weights, in evaluation mode.

    Raises:
        SettingsError, KeyError, TypeError, ValueError, RuntimeError: description and weights do not fit together.
    """
    model = _from_description(description, seed=0)
    model.load_state_dict(weights)
    model.description = description  # it also says how these weights were trained
    return model


def _from_description(description: Mapping[str, Any], seed: int) -> Autoencoder:
    channels, height, width = description["image_shape"]
    return build(description["module"], description["settings"], (channels, height, width), seed).eval()
