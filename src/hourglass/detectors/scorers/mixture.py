"""Density of the code under a mixture of ten Gaussians: minus its logarithm, in nats.

A class has kinds (short sleeves, long ones, prints): each may be a cloud of its own.
"""

import math

import numpy as np
import torch
from torch import Tensor

from hourglass.detectors import whitening
from hourglass.detectors.scorers.scorer import Scorer
from hourglass.detectors.sight import Sight

COMPONENTS, SEED = 10, 0
# Added to every variance, in units of the whitened codes: no cloud may close in on one image.
FLOOR = 1e-3


class Mixture(Scorer):
    """State: the whitening; of the mixture, log `weights` (G,), `means` (G, K) and `precisions` (G, K), diagonal."""

    def fit(self, codes: Tensor) -> None:
        # Only here: to score, scikit-learn is not needed.
        from sklearn.mixture import GaussianMixture

        white = whitening.fit(codes)
        points = whitening.apply(codes, white).double().numpy()
        count = min(COMPONENTS, len(np.unique(points, axis=0)))
        found = GaussianMixture(count, covariance_type="diag", reg_covar=FLOOR, random_state=SEED).fit(points)
        mixture = {"weights": torch.from_numpy(found.weights_).log(), "means": torch.from_numpy(found.means_)}
        mixture["precisions"] = torch.from_numpy(found.precisions_)
        self.state = white | {name: value.float() for name, value in mixture.items()}

    def score(self, sight: Sight) -> Tensor:
        state, points = self.state, whitening.apply(sight.codes, self.state)
        precisions, means = state["precisions"], state["means"]
        # (x - m)^2 p, multiplied out, so that it is three products of matrices.
        squares = points.square() @ precisions.T - 2 * points @ (means * precisions).T
        squares = squares + (means.square() * precisions).sum(1)
        constants = state["weights"] + 0.5 * precisions.log().sum(1) - 0.5 * points.shape[1] * math.log(2 * math.pi)
        return -(constants - 0.5 * squares).logsumexp(1)
