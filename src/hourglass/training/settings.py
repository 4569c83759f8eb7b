"""The `train` and `train_normal` sections of params.yaml."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from hourglass.core import params
from hourglass.core.errors import SettingsError
from hourglass.core.params import PARAMS, Settings, check

Section = Literal["train", "train_normal"]


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


def schedule(name: str, variant: Mapping[str, Any], section: Section) -> TrainSettings:
    """That section of params.yaml with the overrides that variant `name` states.

    Its key `train` overrides both sections; `train_normal` overrides the training on the normal class alone.

    Raises:
        SettingsError: a setting or an override is unknown, missing, mistyped or out of range.
    """
    plan = params.section(section, TrainSettings)
    for key in ("train", "train_normal") if section == "train_normal" else ("train",):
        own = variant.get(key, {})
        if not isinstance(own, Mapping):
            raise SettingsError(f"{PARAMS}: variants.{name}.{key}: expected a mapping of settings, got {own!r}")
        plan = check(f"variants.{name}.{key}", plan.model_dump() | dict(own), TrainSettings)
    return plan
