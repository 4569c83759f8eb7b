"""The sections `train`, `train_normal` and `variants` of params.yaml."""

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, NonNegativeFloat, PositiveFloat, PositiveInt

from hourglass.core.errors import SettingsError
from hourglass.core.params import PARAMS, Settings, check, suggestion


class TrainSettings(Settings):
    """How a network is trained.

    epochs: passes over the training images.
    batch_size: images per gradient step.
    learning_rate: the peak of the one-cycle schedule.
    weight_decay: AdamW's decoupled weight decay.
    gradient_clip: largest L2 norm of a gradient; larger gradients are scaled down to it.
    """

    epochs: PositiveInt
    batch_size: PositiveInt = 128
    learning_rate: PositiveFloat = 0.005
    weight_decay: NonNegativeFloat = 0.01
    gradient_clip: PositiveFloat = 5.0


class VariantSettings(Settings):
    """One entry of `variants`: a file in variants/, its settings, and overrides of the training sections.

    module: name of the file, without `.py`.
    train: overrides of the sections `train` and `train_normal`.
    train_normal: further overrides of the section `train_normal`.
    """

    # The module's own settings are checked against its constructor, in models/build.py.
    model_config = ConfigDict(extra="allow")

    module: str
    train: Mapping[str, Any] = {}
    train_normal: Mapping[str, Any] = {}

    @property
    def network(self) -> dict[str, Any]:
        """The module's own settings, unchecked."""
        return dict(self.model_extra or {})

    def schedule(self, name: str, base: TrainSettings) -> TrainSettings:
        """The section `train`, `base`, with the overrides of this variant, whose entry is called `name`.

        Raises:
            SettingsError: an override is unknown, mistyped or out of range.
        """
        return check(f"variants.{name}.train", base.model_dump() | dict(self.train), TrainSettings)

    def normal_schedule(self, name: str, base: TrainSettings) -> TrainSettings:
        """The section `train_normal`, `base`, with the overrides of both sections; otherwise like `schedule`."""
        own = self.schedule(name, base).model_dump() | dict(self.train_normal)
        return check(f"variants.{name}.train_normal", own, TrainSettings)


def entry(variants: Mapping[str, VariantSettings], name: str) -> VariantSettings:
    """The entry called `name`.

    Raises:
        SettingsError: there is none; the message names the nearest.
    """
    if name not in variants:
        raise SettingsError(f"{PARAMS}: variants.{name}: unknown variant{suggestion(name, variants)}")
    return variants[name]
