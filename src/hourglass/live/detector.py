"""The detector of the report's page: one whose scorers keep no images, so that it takes few bytes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from hourglass.data.imageset import ImageSet
from hourglass.data.normal import anomalous
from hourglass.detection.detector import Detector, ascending
from hourglass.detection.features import Features
from hourglass.detection.maps import deviation
from hourglass.live import packing
from hourglass.live.functions import Function
from hourglass.live.network import COMPARED, SHOWN, Images, difference
from hourglass.live.program import capture
from hourglass.live.quantisation import quantise

# They look at residuals only, and have learned nothing that would have to be in the page.
LIGHT = {"pixel", "smoothed_residual"}


def is_light(description: Mapping[str, Any]) -> bool:
    """Whether a detector can be in the page.

    Args:
        description: what its file says of it.
    """
    return set(description["weights"]) <= LIGHT and len(description["models"]) == 1


class DetectorNetwork(nn.Module):
    """The one network of a detector, with its scorers: an image (1, C, H, W) -> score, then map, (1, 1 + H W)."""

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        (self.member,) = detector.members
        self.model = self.member.model
        self.detector = detector
        # Plain numbers: while it is traced, values of tensors are not known.
        self.mean, self.std = detector.mean.tolist(), detector.std.tolist()
        self.expected: Tensor
        # One row, so that it is not quantised.
        self.register_buffer("expected", self.member.expected.flatten())

    def forward(self, x: Tensor) -> Tensor:
        """The weighted mean of the standardised scorers, and the anomaly map."""
        features = Features(self.model, x, self.detector.normal)
        standardised = [
            (scorer.score(features) - mean) / std * self.detector.weights[name]
            for (name, scorer), mean, std in zip(self.member.scorers.items(), self.mean, self.std, strict=True)
        ]
        maps = deviation(features.residuals).flatten(1) / self.expected
        return torch.cat([sum(standardised[1:], standardised[0])[:, None], maps], 1)


@torch.no_grad()
def pack(detector: Detector, train: ImageSet, calibration: ImageSet, images: Images) -> dict[str, Any]:
    """The detector as JSON: as networks are, with its threshold and scores of calibration images, ascending.

    Its network gets coarser weights, so calibration images are scored again, and ROC-AUC on validation images is
    measured before and after.

    Args:
        train, calibration: normal images.

    Raises:
        UnsupportedError: the page has no counterpart of an operation.
    """
    network = DetectorNetwork(detector).eval()
    x, _ = images.test.batch(slice(0, COMPARED))
    own = {"detect": Function(lambda image: network(image), {"x": x[:1]})}
    program = capture(own["detect"].apply, network, [network.model], own["detect"].inputs)
    exact, full_roc_auc = network(x[:1]), _roc_auc(detector, images.validation)
    quantised, levels = quantise(network, lambda: _show(detector, train), lambda: _error(detector, calibration))
    again = replace(detector, calibration_scores=ascending(detector.score(calibration)))
    return {
        **packing.packed({"detect": program}, network.state_dict(), quantised),
        "examples": packing.examples(own, [{"x": x[number : number + 1]} for number in range(len(x))]),
        "parameters": sum(values.numel() for values in network.model.state_dict().values()),
        "levels": levels,
        "difference": difference([exact], [network(x[:1])]),
        "roc_auc": _roc_auc(detector, images.validation),
        "full_roc_auc": full_roc_auc,
        "image_shape": list(detector.image_shape),
        "scorers": list(detector.weights),
        "normal": [detector.normal, *detector.also_normal],
        "threshold": again.threshold,
        "calibration": [round(float(score), 6) for score in again.calibration_scores],
    }


def _show(detector: Detector, images: ImageSet) -> None:
    for x, _ in images.spread(SHOWN).batches():
        _residuals(detector, x)


def _error(detector: Detector, images: ImageSet) -> float:
    """Mean squared error of the reconstructions."""
    x, _ = images.batch(slice(None))
    return float(_residuals(detector, x).square().mean())


def _roc_auc(detector: Detector, validation: ImageSet) -> float | None:
    """ROC-AUC on validation images; None where there are no anomalies among them."""
    anomalies = anomalous(validation.labels, (detector.normal, *detector.also_normal))
    return float(roc_auc_score(anomalies, detector.score(validation))) if anomalies.any() else None


def _residuals(detector: Detector, x: Tensor) -> Tensor:
    return Features(detector.members[0].model, x, detector.normal).residuals
