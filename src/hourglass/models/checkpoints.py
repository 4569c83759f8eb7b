"""A trained model as one file: its weights, and the settings that rebuild it."""

from pathlib import Path

from hourglass.core import weights
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import rebuild


def save_model(model: Autoencoder, path: Path) -> None:
    """Write `model` to `path`, whole or not at all.

    Raises:
        HourglassError: the file cannot be written; the earlier one, if any, is intact.
    """
    weights.write(path, "model", model.state_dict(), model.description)


def load_model(path: Path) -> Autoencoder:
    """Read a model, in evaluation mode; nothing in the file is executed.

    Raises:
        HourglassError: the file is missing, damaged, or holds no model that this version can build.
    """
    tensors, description = weights.read(path, "model")
    with weights.building(path, "model"):
        return rebuild(description, tensors)
