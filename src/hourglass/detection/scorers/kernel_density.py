"""Kernel density: minus the log density of the latent code, from a Gaussian kernel on every normal code, in nats.

The bandwidth is Scott's: N^(-1 / (K + 4)) standard deviations of N whitened codes of K dimensions. An exponential for
each normal code makes it the slowest scorer of the latent code. It adds nothing to the others (docs/lab-notes.md), so
scorer selection leaves it out.

Source: Parzen (1962), "On estimation of a probability density function and mode"; Scott (1992), "Multivariate
density estimation".
"""

import math

import torch
from torch import Tensor

from hourglass.detection import whitening
from hourglass.detection.distances import relative_squares
from hourglass.detection.features import Features
from hourglass.detection.scorer import Scorer


class KernelDensity(Scorer):
    """State: the whitening, `codes` (N, K), normal latent codes whitened by it, and the `bandwidth` (1,)."""

    selectable = False

    def fit(self, latent: Tensor) -> None:
        white = whitening.fit(latent)
        codes = whitening.apply(latent, white)
        bandwidth = torch.tensor([len(codes) ** (-1 / (codes.shape[1] + 4))])
        self.state = white | {"codes": codes, "bandwidth": bandwidth}

    def score(self, features: Features) -> Tensor:
        codes, bandwidth = self.state["codes"], self.state["bandwidth"]
        points = whitening.apply(features.latent, self.state)
        scale = -0.5 / bandwidth.square()
        # The points' own squared lengths are the same for all codes: outside the sum they cost nothing.
        exponents = relative_squares(points, codes).mul_(scale).logsumexp(1) + scale * points.square().sum(1)
        constant = math.log(len(codes)) + points.shape[1] * (bandwidth.log() + 0.5 * math.log(2 * math.pi))
        return constant - exponents
