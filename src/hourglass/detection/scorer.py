"""What a scorer is, and scorers by name: each is a file in scorers/.

Scores are logarithms: of an error, of a distance, or of a density with its sign changed. So one more always means the
same factor, and scores of different scorers can be averaged once they are standardised.
"""

from collections.abc import Iterable
from typing import ClassVar, Self

import torch
from torch import Tensor

from hourglass.core import registry
from hourglass.core.errors import SettingsError
from hourglass.core.params import PARAMS
from hourglass.detection.features import Features
from hourglass.models.autoencoder import Autoencoder

SCORERS = "detection/scorers"


class Scorer:
    """One anomaly score, fitted on normal images; higher is more anomalous.

    selectable: whether scorer selection may combine it. Scorers that are not are measured, and can be stated.
    state: what `fit` has learned, name -> tensor; saved and loaded with the detector.
    """

    selectable: ClassVar[bool] = True

    def __init__(self, state: dict[str, Tensor] | None = None) -> None:
        self.state = state or {}

    @classmethod
    def applies(cls, model: Autoencoder) -> bool:
        """Whether the network offers the features that the scorer looks at."""
        return True

    def fit(self, latent: Tensor) -> None:
        """Learn from latent codes (N, D) of normal training images, on the CPU; by default nothing."""

    def to(self, device: torch.device | str) -> Self:
        """The same scorer, with what it has learned on the device of the features that it gets."""
        return type(self)({name: value.to(device) for name, value in self.state.items()})

    def score(self, features: Features) -> Tensor:
        """Scores (B,) of a batch of images."""
        raise NotImplementedError


def log(values: Tensor) -> Tensor:
    """Logarithm of values >= 0, finite also at 0."""
    return values.clamp(min=torch.finfo(values.dtype).tiny).log()


def names() -> list[str]:
    """Names of the files in scorers/."""
    return registry.names(SCORERS)


def find(name: str, model: Autoencoder, where: str = "detect") -> type[Scorer]:
    """The class that scorers/<name>.py defines.

    Args:
        where: the key path of the name in params.yaml, for messages.

    Raises:
        SettingsError: there is no such file, or the scorer does not apply to the network.
    """
    scorer = registry.find(SCORERS, name, Scorer, where)
    if not scorer.applies(model):
        raise SettingsError(f"{PARAMS}: {where}: scorer {name!r} does not apply to {type(model).__name__}")
    return scorer


def applicable(candidates: Iterable[str], model: Autoencoder) -> list[str]:
    """Those of the candidates that apply to the network, in the same order.

    Raises:
        SettingsError: a candidate does not exist, or none applies.
    """
    where = "detect.candidates"
    found = [name for name in candidates if registry.find(SCORERS, name, Scorer, where).applies(model)]
    if not found:
        raise SettingsError(f"{PARAMS}: {where}: no scorer among them applies to {type(model).__name__}")
    return found


def selectable(candidates: Iterable[str], model: Autoencoder) -> list[str]:
    """Those of the applicable candidates that scorer selection may combine, or all where it may combine none.

    Raises:
        SettingsError: a candidate does not exist, or none applies.
    """
    found = applicable(candidates, model)
    return [name for name in found if find(name, model).selectable] or found
