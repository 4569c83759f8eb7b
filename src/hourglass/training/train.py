"""Build and train a network; write its history."""

from collections.abc import Sequence
from pathlib import Path

import torch

from hourglass.core.files import write_csv
from hourglass.data.imageset import ImageSet
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build
from hourglass.training.fit import Row, fit
from hourglass.training.recipe import Recipe


def train(
    recipe: Recipe, seed: int, images: ImageSet, validation: ImageSet, on: torch.device | str = "cpu"
) -> tuple[Autoencoder, list[Row]]:
    """Build a network and train it on `images`; its description then also says how it was trained.

    Args:
        on: the device that it computes on.

    Returns:
        The network with the weights of its best epoch on `validation`, in evaluation mode, and its history: the rows
        that `fit` returns.

    Raises:
        SettingsError: a setting is unknown, mistyped or out of range.
        HourglassError: training diverged.
    """
    model = build(recipe.module, recipe.network, images.image_shape, seed, where=recipe.where).to(on)
    history = fit(model, images, validation, recipe.schedule, seed)
    trained = {"seed": seed, "images": len(images), **recipe.schedule.model_dump()}
    model.description = {**model.description, "image_fit": images.fit, "training": trained}
    return model.eval(), history


def write_history(rows: Sequence[Row], path: Path) -> None:
    """Write a history as CSV, a row per epoch; missing values are empty.

    Raises:
        HourglassError: the file cannot be written.
    """
    # A phase's first row has no training terms, and phases may differ in theirs: the last rows have most columns.
    columns = list(dict.fromkeys(name for row in reversed(rows) for name in row))
    write_csv(path, columns, ([row.get(name, "") for name in columns] for row in rows))
