"""One training session: build a variant and fit it; write its weights and its history."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from hourglass.core.files import replacing
from hourglass.core.images import Images
from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.build import build
from hourglass.training.checkpoints import save_model
from hourglass.training.fit import Examples, Row, fit
from hourglass.training.settings import TrainSettings
from hourglass.training.tensors import Tensors


class Arrays(Protocol):
    """Images (N, C, H, W) uint8 in 0..255, and class numbers (N,) int64."""

    @property
    def images(self) -> Images: ...  # noqa: D102
    @property
    def labels(self) -> NDArray[np.int64]: ...  # noqa: D102


def trained(
    where: str,
    variant: Mapping[str, Any],
    settings: TrainSettings,
    image_shape: Shape,
    seed: int,
    train_on: Arrays,
    validate_on: Arrays,
) -> tuple[Autoencoder, list[Row]]:
    """Build a variant and train it.

    Args:
        where: the key path of the variant's entry in params.yaml, for messages.
        variant: its entry there: `module` and the module's settings.
        train_on, validate_on: the images; their labels are handed on only to a conditional model.

    Returns:
        The model with its best weights, and its history, a row per epoch, as `fit` has it.

    Raises:
        SettingsError: a setting is unknown, mistyped or out of range.
        HourglassError: training diverged.
    """
    model = build(variant, image_shape, seed, where=where)
    train_examples, validation_examples = (
        Examples(Tensors(data.images), torch.from_numpy(data.labels) if model.conditional else None)
        for data in (train_on, validate_on)
    )
    return model, fit(model, train_examples, validation_examples, settings, seed)


def save(model: Autoencoder, variant: Mapping[str, Any], rows: Sequence[Row], weights: Path, history: Path) -> None:
    """Write what `trained` returned: `weights` (safetensors) and `history` (CSV, a row per epoch).

    Raises:
        HourglassError: a file cannot be written.
    """
    save_model(model, variant, weights)
    with replacing(history) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        # A phase's first row has no training terms, and phases may differ in theirs: the last rows know most.
        table = csv.DictWriter(file, list(dict.fromkeys(name for row in reversed(rows) for name in row)), restval="")
        table.writeheader()
        table.writerows(rows)
