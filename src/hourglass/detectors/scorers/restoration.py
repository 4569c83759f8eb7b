"""Restoration error: the image is damaged, repaired, and compared with itself; log of the mean squared error.

A network that has learned to repair one kind of image repairs others worse, even where it copies them well.

Source: Fei et al. (2022), "Attribute restoration framework for anomaly detection" (ARNet).
"""

from torch import Tensor

from hourglass.detectors.scorers.scorer import Scorer, log
from hourglass.detectors.sight import Sight
from hourglass.models.autoencoder import Autoencoder


class Restoration(Scorer):
    """Nothing to fit; the mean is taken over pixels and over several draws of the damage."""

    @classmethod
    def applies(cls, network: type[Autoencoder]) -> bool:
        return network.restores

    def score(self, sight: Sight) -> Tensor:
        return log(sight.repairs.square().mean(dim=(0, 2, 3, 4)))
