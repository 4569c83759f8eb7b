"""A detector as one PyTorch module: uint8 images -> score, verdict and map. It is what both formats are made from."""

import numpy as np
import torch
from torch import Tensor, nn

from hourglass.core.errors import HourglassError
from hourglass.detection.detector import Detector
from hourglass.detection.features import Features
from hourglass.detection.maps import deviation
from hourglass.export.operations import Replaced
from hourglass.models.autoencoder import Autoencoder

INPUT = "images"
OUTPUTS = ("score", "anomaly", "map")


class DetectorModule(nn.Module):
    """Preprocessing, networks, scorers, standardisation and threshold of a detector."""

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector
        self.threshold = detector.threshold
        self.networks = nn.ModuleList(member.model for member in detector.members)
        # As `detector.combine`: weights relative to equal ones, for every network again.
        relative = len(detector.weights) * np.array(list(detector.weights.values()))
        self.relative = torch.from_numpy(np.resize(relative, len(detector.mean)).astype(np.float32))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Images (N, C, H, W) uint8 -> score (N,) float32, anomaly (N,) bool, map (N, H, W) float32."""
        with Replaced():
            x = images.float() / 255
            values, maps = [], []
            for member in self.detector.members:
                features = TracedFeatures(member.model, x, self.detector.normal)
                values += [scorer.score(features) for scorer in member.scorers.values()]
                maps.append(deviation(features.residuals) / member.expected)
            standardised = (torch.stack(values, 1) - self.detector.mean) / self.detector.std
            score = (standardised * self.relative).mean(1)
            return score, score > self.threshold, torch.stack(maps).mean(0)


class TracedFeatures(Features):
    """Features of a batch whose size is not known while it is traced."""

    def __init__(self, model: Autoencoder, x: Tensor, normal: int) -> None:
        self.model = model
        self.x = x
        # `len(x)` would fix the size of the batch.
        self.y = model.condition(torch.full((x.shape[0],), normal))

    @property
    def restoration_residuals(self) -> Tensor:
        """Raise HourglassError: the corruptions are drawn from a generator, which no exported file has."""
        raise HourglassError("the scorer restoration draws random corruptions, which an exported file cannot do")
