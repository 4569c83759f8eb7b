"""Evidence: the negative ELBO in nats, an upper bound of -log p(x); of variational autoencoders only."""

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
