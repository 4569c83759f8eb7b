"""Mahalanobis distance: log of the whitened latent code's distance from the mean of the normal ones."""

from torch import Tensor

from hourglass.detection import whitening
from hourglass.detection.features import Features
from hourglass.detection.scorer import Scorer, log


class Mahalanobis(Scorer):
    """State: the whitening of normal latent codes."""

    def fit(self, latent: Tensor) -> None:
        self.state = whitening.fit(latent)

    def score(self, features: Features) -> Tensor:
        return log(whitening.apply(features.latent, self.state).norm(dim=1))
