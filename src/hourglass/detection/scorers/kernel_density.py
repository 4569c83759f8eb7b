"""Kernel density: minus the log density of the latent code, from a Gaussian kernel on every normal code, in nats.

The bandwidth is Scott's: N^(-1 / (K + 4)) standard deviations of N whitened codes of K dimensions.

Source: Parzen (1962), "On estimation of a probability density function and mode"; Scott (1992), "Multivariate
density estimation".
"""

import math

import torch
from torch import Tensor

from hourglass.detection import whitening
from hourglass.detection.distances import squared_distances
from hourglass.detection.features import Features
from hourglass.detection.scorer import Scorer


class KernelDensity(Scorer):
    """State: the whitening, `codes` (N, K), normal latent codes whitened by it, and the `bandwidth` (1,)."""

    def fit(self, latent: Tensor) -> None:
        white = whitening.fit(latent)
        codes = whitening.apply(latent, white)
        bandwidth = torch.tensor([len(codes) ** (-1 / (codes.shape[1] + 4))])
        self.state = white | {"codes": codes, "bandwidth": bandwidth}

    def score(self, features: Features) -> Tensor:
        codes, bandwidth = self.state["codes"], self.state["bandwidth"]
        points = whitening.apply(features.latent, self.state)
        squares = squared_distances(points, codes).clamp(min=0)
        exponents = (-0.5 * squares / bandwidth.square()).logsumexp(1)
        constant = math.log(len(codes)) + points.shape[1] * (bandwidth.log() + 0.5 * math.log(2 * math.pi))
        return constant - exponents
