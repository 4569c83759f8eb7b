"""kNN: log of the mean distance from the whitened latent code to the five nearest normal ones.

Normal latent codes need not form one cluster.

Source: Ramaswamy et al. (2000), "Efficient algorithms for mining outliers from large data sets"; Angiulli and
Pizzuti (2002), "Fast outlier detection in high dimensional spaces", for the mean.
"""

from torch import Tensor

from hourglass.detection import whitening
from hourglass.detection.distances import knn_distance
from hourglass.detection.features import Features
from hourglass.detection.scorer import Scorer, log


class Knn(Scorer):
    """State: the whitening, and `codes` (N, K), normal latent codes whitened by it."""

    def fit(self, latent: Tensor) -> None:
        white = whitening.fit(latent)
        self.state = white | {"codes": whitening.apply(latent, white)}

    def score(self, features: Features) -> Tensor:
        return log(knn_distance(whitening.apply(features.latent, self.state), self.state["codes"]))
