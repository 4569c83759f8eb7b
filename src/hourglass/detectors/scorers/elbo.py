"""Evidence: the negative ELBO with the posterior's mean as the code, in nats where the loss is bce.

Taking the mean instead of a draw leaves out what the posterior's spread costs: it is no bound, but has no noise. With
bce the entropy of the image's own pixels is taken off: an image with much grey would seem strange by it alone, and
detection be little better than chance (docs/lab-notes.md). Of variational autoencoders only.
"""

from torch import Tensor

from hourglass.detectors.scorers.scorer import Scorer
from hourglass.detectors.sight import Sight
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.variational import Variational


class Elbo(Scorer):
    """Nothing to fit."""

    @classmethod
    def applies(cls, network: type[Autoencoder]) -> bool:
        return issubclass(network, Variational)

    def score(self, sight: Sight) -> Tensor:
        return sight.negative_elbo
