"""Gaussian mixture: minus the log density of the latent code under a mixture of ten Gaussians, in nats.

A class has subclasses (short sleeves, long sleeves, prints): each may be a cluster of its own.
"""

import math

import numpy as np
import torch
from torch import Tensor

from hourglass.detection import whitening
from hourglass.detection.features import Features
from hourglass.detection.scorer import Scorer

COMPONENTS, SEED = 10, 0
# Added to every variance, in units of the whitened codes: no component may collapse onto one image.
FLOOR = 1e-3


class GaussianMixture(Scorer):
    """State: the whitening; of the mixture log `weights` (G,), `means` (G, K) and diagonal `precisions` (G, K)."""

    def fit(self, latent: Tensor) -> None:
        # Imported here because scoring, and so serving, does not need scikit-learn.
        from sklearn import mixture

        white = whitening.fit(latent)
        points = whitening.apply(latent, white).double().numpy()
        count = min(COMPONENTS, len(np.unique(points, axis=0)))
        found = mixture.GaussianMixture(count, covariance_type="diag", reg_covar=FLOOR, random_state=SEED).fit(points)
        fitted = {"weights": torch.from_numpy(found.weights_).log(), "means": torch.from_numpy(found.means_)}
        fitted["precisions"] = torch.from_numpy(found.precisions_)
        self.state = white | {name: value.float() for name, value in fitted.items()}

    def score(self, features: Features) -> Tensor:
        state, points = self.state, whitening.apply(features.latent, self.state)
        precisions, means = state["precisions"], state["means"]
        # (x - m)^2 p, expanded into matrix products.
        squares = points.square() @ precisions.T - 2 * points @ (means * precisions).T
        squares = squares + (means.square() * precisions).sum(1)
        constants = state["weights"] + 0.5 * precisions.log().sum(1) - 0.5 * points.shape[1] * math.log(2 * math.pi)
        return -(constants - 0.5 * squares).logsumexp(1)
