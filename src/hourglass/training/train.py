"""Build and train a network; write its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hourglass.core.files import write_csv
from hourglass.data.imageset import ImageSet
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build
from hourglass.training.fit import Row, fit
from hourglass.training.settings import TrainSettings


@dataclass(frozen=True)
class Recipe:
    """What a network is trained from, except images and seed.

    where: the key path of the network's settings in params.yaml, for messages.
    module: name of a file in variants/.
    network: settings of that file, unchecked.
    schedule: how the network is trained.
    """

    where: str
    module: str
    network: Mapping[str, Any]
    schedule: TrainSettings


def train(recipe: Recipe, seed: int, images: ImageSet, validation: ImageSet) -> tuple[Autoencoder, list[Row]]:
    """Build a network and train it on `images`.

    Returns:
        The network with the weights of its best epoch on `validation`, in evaluation mode, and its history: the rows
        that `fit` returns.

    Raises:
        SettingsError: a setting is unknown, mistyped or out of range.
        HourglassError: training diverged.
    """
    model = build(recipe.module, recipe.network, images.image_shape, seed, where=recipe.where)
    history = fit(model, images, validation, recipe.schedule, seed)
    return model.eval(), history


def write_history(rows: Sequence[Row], path: Path) -> None:
    """Write a history as CSV, a row per epoch; missing values are empty.

    Raises:
        HourglassError: the file cannot be written.
    """
    # A phase's first row has no training terms, and phases may differ in theirs: the last rows have most columns.
    columns = list(dict.fromkeys(name for row in reversed(rows) for name in row))
    write_csv(path, columns, ([row.get(name, "") for name in columns] for row in rows))
