"""Nearest neighbours: log of the mean distance from a whitened code to the five nearest normal ones.

Normal codes need not form one cloud: all that is asked is whether something like this was seen before.

Source: Ramaswamy et al. (2000), "Efficient algorithms for mining outliers from large data sets"; Angiulli and
Pizzuti (2002), "Fast outlier detection in high dimensional spaces", for the mean.
"""

from torch import Tensor

from hourglass.detectors import whitening
from hourglass.detectors.nearest import mean_distance
from hourglass.detectors.scorers.scorer import Scorer, log
from hourglass.detectors.sight import Sight


class Neighbours(Scorer):
    """State: the whitening, and `known`, normal codes whitened by it."""

    def fit(self, codes: Tensor) -> None:
        white = whitening.fit(codes)
        self.state = white | {"known": whitening.apply(codes, white)}

    def score(self, sight: Sight) -> Tensor:
        return log(mean_distance(whitening.apply(sight.codes, self.state), self.state["known"]))
