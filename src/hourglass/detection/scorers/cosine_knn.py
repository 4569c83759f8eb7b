"""Cosine kNN: log of the mean distance to the five nearest normal latent codes, all scaled to length one.

Networks that classify by a linear readout of the latent code (`rotated`) put training images in few directions, and
lengths along these vary freely. Only the direction is compared.
"""

import torch.nn.functional as F
from torch import Tensor

from hourglass.detection.distances import knn_distance
from hourglass.detection.features import Features
from hourglass.detection.scorer import Scorer, log


class CosineKnn(Scorer):
    """State: `codes` (N, D), normal latent codes of length one."""

    def fit(self, latent: Tensor) -> None:
        self.state = {"codes": F.normalize(latent)}

    def score(self, features: Features) -> Tensor:
        return log(knn_distance(F.normalize(features.latent), self.state["codes"]))
