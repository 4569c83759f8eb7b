"""The `train` and `train_normal` sections of params.yaml."""

from collections.abc import Mapping
from typing import Any

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from hourglass.core.errors import SettingsError
from hourglass.core.params import PARAMS, Settings, check


class TrainSettings(Settings):
    """How a network is trained.

    epochs: passes over the training images, fixed in advance.
    batch_size: images per gradient step.
    learning_rate: the peak of the one-cycle schedule.
    weight_decay: AdamW's decoupled weight decay.
    gradient_clip: the gradient's largest L2 norm; longer ones are scaled down to it.
    """

    epochs: PositiveInt
    batch_size: PositiveInt
    learning_rate: PositiveFloat
    weight_decay: NonNegativeFloat
    gradient_clip: PositiveFloat


def schedule(name: str, variant: Mapping[str, Any], settings: TrainSettings) -> TrainSettings:
    """`settings` with the overrides that variant `name` states under its key `train`, if any.

    Raises:
        SettingsError: an override is unknown, mistyped or out of range.
    """
    own = variant.get("train", {})
    if not isinstance(own, Mapping):
        raise SettingsError(f"{PARAMS}: variants.{name}.train: expected a mapping of settings, got {own!r}")
    return check(f"variants.{name}.train", settings.model_dump() | dict(own), TrainSettings)
