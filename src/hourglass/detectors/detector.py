"""A detector: trained networks, and scorers fitted on normal images, as one thing.

How scores are put together, a rule without anomalies: each scorer's values are shifted and scaled so that held-out
normal images have mean 0 and standard deviation 1, and the mean over all scorers of all networks is the score. Scorers
are logarithms, so the sum multiplies errors and distances; scaled this way no scorer counts more because its values
spread more among normal images, and none is trusted more than another, since telling which one deserves it would take
anomalies. Images the networks were trained on would not do for the scaling: they are rebuilt better than new ones, and
each is its own nearest neighbour.

Which scorers there are to put together is chosen without anomalies as well (choice.py), or stated in params.yaml.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass.core.errors import HourglassError
from hourglass.core.images import Images
from hourglass.detectors.maps import deviation
from hourglass.detectors.scorers.scorer import Scorer
from hourglass.detectors.sight import Sight
from hourglass.models.autoencoder import Autoencoder

BATCH = 500

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Member:
    """One network of a detector.

    settings: the variant's entry of params.yaml that built `model`.
    expected: what deviations are divided by, place by place (H, W), so that they are 1 on average.
    """

    model: Autoencoder
    settings: Mapping[str, Any]
    scorers: Mapping[str, Scorer]
    expected: Tensor


@dataclass(frozen=True)
class Detector:
    """Scores uint8 images (N, C, H, W); higher is more anomalous.

    normal: number of the class it was fitted on.
    centre, spread: mean and standard deviation of each term on held-out normal images, (T,), in the order of `terms`.
    false_alarm_rate: share of normal images that may score above `threshold`.
    """

    members: Sequence[Member]
    normal: int
    centre: Tensor
    spread: Tensor
    false_alarm_rate: float
    threshold: float

    def terms(self, images: Images) -> Floats:
        """What each scorer of each member says, scaled to held-out normal images: (N, T)."""
        return ((raw_terms(self.members, self.normal, images) - self.centre) / self.spread).numpy()

    def score(self, images: Images) -> Floats:
        """Anomaly scores (N,), in standard deviations of held-out normal images: the mean of the terms."""
        return self.terms(images).mean(1)

    @torch.inference_mode()
    def maps(self, images: Images) -> Floats:
        """How strange each place of each image is (N, H, W); 1 is the mean over normal images and all places."""
        parts = []
        for batch in batches(images):
            found = [deviation(Sight(m.model, batch, self.normal).residuals) / m.expected for m in self.members]
            parts.append(torch.stack(found).mean(0))
        return torch.cat(parts).numpy()


@torch.inference_mode()
def raw_terms(members: Sequence[Member], normal: int, images: Images) -> Tensor:
    """What each scorer of each member says (N, T), unscaled."""
    # Made before the batches: a result kept from each would lie between the blocks of memory that the next one needs,
    # and none of them would be used again.
    terms = torch.empty(len(images), sum(len(member.scorers) for member in members))
    for number, batch in enumerate(batches(images)):
        columns = []
        for member in members:
            sight = Sight(member.model, batch, normal)
            columns += [scorer.score(sight) for scorer in member.scorers.values()]
        terms[number * BATCH : (number + 1) * BATCH] = torch.stack(columns, 1)
    return terms


def batches(images: Images) -> Iterator[Tensor]:
    """The images, a bounded number at a time.

    Raises:
        HourglassError: they are not uint8 (N, C, H, W), N at least 1; scaled images would be scored as black ones.
    """
    if images.dtype != np.uint8 or len(images.shape) != 4 or not len(images):
        raise HourglassError(
            f"a detector takes uint8 images (N, C, H, W), values 0 to 255; got {images.dtype} {images.shape}"
        )
    for start in range(0, len(images), BATCH):
        yield torch.from_numpy(images[start : start + BATCH])
