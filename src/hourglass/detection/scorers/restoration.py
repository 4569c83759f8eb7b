"""Restoration error: log of the mean squared error after the image is corrupted and restored.

A network that has learned to restore one kind of image restores others worse, even where it reconstructs them well.
Applies to networks that restore images. It takes four restorations per image and adds nothing to the other scorers
(docs/lab-notes.md), so scorer selection leaves it out.

Source: Fei et al. (2022), "Attribute restoration framework for anomaly detection" (ARNet).
"""

from torch import Tensor

from hourglass.detection.features import Features
from hourglass.detection.scorer import Scorer, log
from hourglass.models.autoencoder import Autoencoder


class Restoration(Scorer):
    """Nothing to fit; the mean is over pixels and over several random corruptions."""

    selectable = False

    @classmethod
    def applies(cls, model: Autoencoder) -> bool:
        return model.restores

    def score(self, features: Features) -> Tensor:
        return log(features.restoration_residuals.square().mean(dim=(0, 2, 3, 4)))
