"""Density of the code under a Gaussian kernel on every normal code: minus its logarithm, in nats.

The kernels' width is Scott's: N^(-1 / (K + 4)) standard deviations of N whitened codes of K numbers.

Source: Parzen (1962), "On estimation of a probability density function and mode"; Scott (1992), "Multivariate
density estimation".
"""

import math

import torch
from torch import Tensor

from hourglass.detectors import whitening
from hourglass.detectors.nearest import squared_distances
from hourglass.detectors.scorers.scorer import Scorer
from hourglass.detectors.sight import Sight


class Kernel(Scorer):
    """State: the whitening, `known`, normal codes whitened by it, and the kernels' `width` (1,)."""

    def fit(self, codes: Tensor) -> None:
        white = whitening.fit(codes)
        known = whitening.apply(codes, white)
        width = torch.tensor([len(known) ** (-1 / (known.shape[1] + 4))])
        self.state = white | {"known": known, "width": width}

    def score(self, sight: Sight) -> Tensor:
        known, width = self.state["known"], self.state["width"]
        points = whitening.apply(sight.codes, self.state)
        squares = squared_distances(points, known).clamp(min=0)
        exponents = (-0.5 * squares / width.square()).logsumexp(1)
        constant = math.log(len(known)) + points.shape[1] * (width.log() + 0.5 * math.log(2 * math.pi))
        return constant - exponents
