"""Mahalanobis distance: log of how many standard deviations a code lies from the mean code, all directions together."""

from torch import Tensor

from hourglass.detectors import whitening
from hourglass.detectors.scorers.scorer import Scorer, log
from hourglass.detectors.sight import Sight


class Mahalanobis(Scorer):
    """State: the whitening of normal codes."""

    def fit(self, codes: Tensor) -> None:
        self.state = whitening.fit(codes)

    def score(self, sight: Sight) -> Tensor:
        return log(whitening.apply(sight.codes, self.state).norm(dim=1))
