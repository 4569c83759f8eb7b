"""Negative ELBO at the posterior mean, in nats where the loss is bce. Applies to variational autoencoders.

Without a random draw there is no noise, but the value is no bound on the likelihood. With bce the entropy of the
image's own pixels is subtracted: otherwise grey images look anomalous, and detection is near chance
(docs/lab-notes.md).
"""

from torch import Tensor

from hourglass.detection.features import Features
from hourglass.detection.scorer import Scorer
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.variational import Variational


class Elbo(Scorer):
    """Nothing to fit."""

    @classmethod
    def applies(cls, model: Autoencoder) -> bool:
        return isinstance(model, Variational)

    def score(self, features: Features) -> Tensor:
        return features.negative_elbo
