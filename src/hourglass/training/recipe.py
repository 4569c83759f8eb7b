"""What a network is trained from, except images and seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hourglass.training.settings import TrainSettings, VariantSettings, entry


@dataclass(frozen=True)
class Recipe:
    """How one network is built and trained.

    where: the key path of the network's settings in params.yaml, for messages.
    module: name of a file in variants/.
    network: settings of that file, unchecked.
    schedule: how the network is trained.
    """

    where: str
    module: str
    network: Mapping[str, Any]
    schedule: TrainSettings


def for_all_classes(variants: Mapping[str, VariantSettings], name: str, train: TrainSettings) -> Recipe:
    """How the variant called `name` is trained on all classes.

    Args:
        variants, train: these sections of params.yaml.

    Raises:
        SettingsError: there is no such variant, or an override is unknown, mistyped or out of range.
    """
    own = entry(variants, name)
    return Recipe(f"variants.{name}", own.module, own.network, own.schedule(name, train))


def for_normal_class(variants: Mapping[str, VariantSettings], name: str, train_normal: TrainSettings) -> Recipe:
    """How the variant called `name` is trained on the normal class; arguments and errors as of `for_all_classes`."""
    own = entry(variants, name)
    return Recipe(f"variants.{name}", own.module, own.network, own.normal_schedule(name, train_normal))
