"""A trained model as one safetensors file: the weights, and in its metadata the settings that rebuild it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from hourglass.core.errors import HourglassError
from hourglass.core.files import replacing
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build


def save_model(model: Autoencoder, settings: Mapping[str, Any], path: Path) -> None:
    """Write `model` to `path`, whole or not at all.

    Args:
        settings: the variant's entry of params.yaml that built the model.

    Raises:
        HourglassError: the file cannot be written; the earlier one, if any, is intact.
    """
    # Tied weights share storage, which safetensors refuses: each state entry is stored on its own.
    weights = {name: value.contiguous().clone() for name, value in model.state_dict().items()}
    # One metadata key only: safetensors writes several in random order, and files must be reproducible.
    metadata = {"model": json.dumps({"settings": dict(settings), "image_shape": model.image_shape})}
    with replacing(path) as partial:
        partial.write_bytes(save(weights, metadata))


def load_model(path: Path) -> tuple[Autoencoder, dict[str, Any]]:
    """Read a model and the settings it was built from; nothing in the file is executed.

    Raises:
        HourglassError: the file is missing or damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (FileNotFoundError, SafetensorError) as error:
        raise HourglassError(f"{path} cannot be read ({error}); run `dvc repro` to rebuild it") from None
    description = json.loads(metadata["model"])
    channels, height, width = description["image_shape"]
    model = build(description["settings"], (channels, height, width), seed=0)
    model.load_state_dict(weights)
    model.eval()
    return model, description["settings"]
