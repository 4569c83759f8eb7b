"""A trained model as one file: its weights, and the settings that rebuild it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from hourglass.core import weights
from hourglass.core.errors import HourglassError
from hourglass.core.params import PARAMS, check
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import find, rebuild, settings_of


def save_model(model: Autoencoder, path: Path) -> None:
    """Write `model` to `path`, whole or not at all.

    Raises:
        HourglassError: the file cannot be written; the earlier one, if any, is intact.
    """
    weights.write(path, "model", model.state_dict(), model.description)


def load_model(path: Path, on: torch.device | str = "cpu") -> Autoencoder:
    """Read a model, in evaluation mode, onto a device; nothing in the file is executed.

    Raises:
        HourglassError: the file is missing, damaged, or holds no model that this version can build.
    """
    tensors, description = weights.read(path, "model")
    with weights.building(path, "model"):
        model = rebuild(description, tensors)
        for name, values in model.state_dict().items():
            if values.dtype != tensors[name].dtype:  # torch would convert truth values to numbers
                raise TypeError(f"{name} holds {tensors[name].dtype}, expected {values.dtype}")
        return model.to(on)


def load_trained(
    path: Path,
    module: str,
    settings: Mapping[str, Any],
    training: Mapping[str, Any],
    where: str,
    on: torch.device | str = "cpu",
) -> Autoencoder:
    """Read a model that was trained as params.yaml says today; otherwise like `load_model`.

    Args:
        module: name of a file in variants/.
        settings: the keyword arguments of its constructor, unchecked.
        training: seed and schedule.
        where: the key path of the settings in params.yaml, for messages.
        on: the device that it computes on.

    Raises:
        HourglassError: the file says that it was made with other settings; names the first that differs.
    """
    model = load_model(path, on)
    checked = check(where, settings, settings_of(find(module, where))).model_dump(mode="json")
    found = model.description
    with weights.building(path, "model"):
        held = {"module": found["module"], **found["settings"], **found.get("training", {})}
    for name, value in {"module": module, **checked, **training}.items():
        if held.get(name) != value:
            raise HourglassError(
                f"{path} was made with {name} {held.get(name)!r}, and {PARAMS} ({where}) says {value!r}; "
                "run `dvc repro` to rebuild it"
            )
    return model
