"""Direction of the code: log of the mean distance to the five nearest normal codes, all scaled to length one.

What the code says by its direction is kept from being drowned in how far it reaches: a network that tells things
apart by linear readouts of its code puts what it has seen in few directions, and stretches along them freely.
"""

import torch.nn.functional as F
from torch import Tensor

from hourglass.detectors.nearest import mean_distance
from hourglass.detectors.scorers.scorer import Scorer, log
from hourglass.detectors.sight import Sight


class Direction(Scorer):
    """State: `known`, normal codes of length one."""

    def fit(self, codes: Tensor) -> None:
        self.state = {"known": F.normalize(codes)}

    def score(self, sight: Sight) -> Tensor:
        return log(mean_distance(F.normalize(sight.codes), self.state["known"]))
