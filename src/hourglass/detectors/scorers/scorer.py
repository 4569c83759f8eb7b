"""What a scorer is: fitted on normal images, it gives every image one number, higher for stranger images.

Scores are logarithms: of an error, of a distance, or of a density with its sign changed. So a score that is one
higher says the same factor wherever it stands, and scores of different scorers can be added once they are scaled.
"""

import torch
from torch import Tensor

from hourglass.detectors.sight import Sight
from hourglass.models.autoencoder import Autoencoder


class Scorer:
    """One way of telling strange images from normal ones.

    state: what fitting has learned, name -> tensor; saved and loaded with the detector.
    """

    def __init__(self, state: dict[str, Tensor] | None = None) -> None:
        self.state = state or {}

    @classmethod
    def applies(cls, network: type[Autoencoder]) -> bool:
        """Whether networks like this one offer what the scorer looks at."""
        return True

    def fit(self, codes: Tensor) -> None:
        """Learn what normal codes (N, D) are like; by default there is nothing to learn."""

    def score(self, sight: Sight) -> Tensor:
        """Scores (B,) of the images of `sight`."""
        raise NotImplementedError


def log(values: Tensor) -> Tensor:
    """Logarithm of values >= 0, finite also for an image that is rebuilt to the last bit."""
    return values.clamp(min=torch.finfo(values.dtype).tiny).log()
