"""A detector: trained networks with scorers fitted on normal images.

How scores are combined: each scorer's values are standardised, so that normal calibration images have mean 0 and
standard deviation 1, and the weighted mean over all scorers of all networks is the anomaly score. Scorers are
logarithms, so the mean multiplies errors and distances. Stated scorers count the same; weights of the others come from
scorer selection (selection.py). Training images would not do for the standardisation: they are reconstructed better
than new ones, and each is its own nearest neighbour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet, map_batches
from hourglass.detection.features import Features
from hourglass.detection.maps import deviation, expected
from hourglass.detection.scorer import Scorer, find
from hourglass.detection.settings import ThresholdMethod
from hourglass.detection.threshold import Scores, conformal, p_values, require_finite
from hourglass.models.autoencoder import Autoencoder, Shape

# Scorers keep the latent codes of at most this many training images, so that memory does not grow with the data.
FITTED = 10_000
# Matrix products of fewer images sum in another order, so that a score would depend on what else is scored.
LEAST_BATCH = 16
# Scores whose standard deviation is below this share of their size differ by rounding only.
CONSTANT = 1e-6

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class NormalImages:
    """What detectors are built from; no anomaly is needed.

    train: images that networks are trained on and scorers are fitted on.
    calibration: other images, which choose the best epoch, standardise scores and set the threshold.
    normal: number of their class, which conditional networks take every image for.
    dataset: its name, which the detector's file keeps; empty where it has none.
    also_normal: numbers of further normal classes, whose images are labelled `normal` here.
    image_fit: how image files of another size were brought to that of the networks, `pad` or `stretch`.
    """

    train: ImageSet
    calibration: ImageSet
    normal: int
    dataset: str = ""
    also_normal: tuple[int, ...] = ()
    image_fit: str = "pad"

    @property
    def classes(self) -> tuple[int, ...]:
        """Numbers of all normal classes."""
        return self.normal, *self.also_normal


@dataclass(frozen=True)
class Member:
    """One network of a detector, and its scorers by name, all on one device.

    expected: what deviations are divided by, pixel by pixel (H, W), so that they are 1 on average.
    """

    model: Autoencoder
    scorers: Mapping[str, Scorer]
    expected: Tensor

    def to(self, device: torch.device | str) -> Self:
        """The same on another device, where it takes images from then on."""
        scorers = {name: scorer.to(device) for name, scorer in self.scorers.items()}
        return replace(self, model=self.model.to(device), scorers=scorers, expected=self.expected.to(device))


@dataclass(frozen=True)
class Detector:
    """Anomaly scores and maps; higher is more anomalous. An image is an anomaly if it scores above `threshold`.

    Its own tensors, and all that it returns, are on the CPU; its members may compute elsewhere.

    dataset, normal, also_normal: name of the data set, and numbers of the classes that it was fitted on.
    classes: names of the data set's classes, by number. image_fit: as in `NormalImages`.
    mean, std: of each scorer's values on calibration images, (S,), in the order of `standardised`.
    weights: scorer -> how much it counts in every network; positive, with sum 1.
    false_positive_rate: target share of normal images above `threshold`.
    calibration_scores: scores of normal images that no network of theirs was trained on, ascending, (M,).
    threshold_method: which images these are, as in `DetectorSettings`.
    """

    members: Sequence[Member]
    dataset: str
    normal: int
    classes: Sequence[str]
    image_fit: str
    mean: Tensor
    std: Tensor
    weights: Mapping[str, float]
    false_positive_rate: float
    calibration_scores: Tensor
    threshold_method: ThresholdMethod
    also_normal: tuple[int, ...] = ()

    @property
    def threshold(self) -> float:
        """The score that a normal image exceeds with probability `false_positive_rate`."""
        return conformal(self.calibration_scores.numpy(), self.false_positive_rate)

    @property
    def image_shape(self) -> Shape:
        """(C, H, W) of the images that the networks take."""
        return self.members[0].model.image_shape

    def standardised(self, images: ImageSet) -> Floats:
        """Each scorer's values in standard deviations from the mean of calibration images: (N, S), network by network.

        Within a network they are in the order of `weights`.
        """
        return ((_values(self.members, self.normal, images) - self.mean) / self.std).numpy()

    def score(self, images: ImageSet) -> Floats:
        """Anomaly scores (N,): the weighted mean of the standardised values.

        Raises:
            HourglassError: a score is NaN or infinite, and so says nothing.
        """
        scores = combine(self.standardised(images), self.weights)
        require_finite(scores)
        return scores

    def reweighted(self, weights: Mapping[str, float], calibration: ImageSet) -> Self:
        """The same scorers with other weights, and the threshold that calibration images set for these."""
        weighted = replace(self, weights=weights)
        return replace(weighted, calibration_scores=ascending(weighted.score(calibration)))

    def p_values(self, scores: Floats) -> NDArray[np.float64]:
        """The share of normal images at least as anomalous as these scores (N,), see `threshold.p_values`."""
        return p_values(scores, self.calibration_scores.numpy())

    def maps(self, images: ImageSet) -> Floats:
        """Anomaly maps (N, H, W); 1 is the mean over normal images and all pixels."""

        def batch(x: Tensor, _: Tensor) -> Tensor:
            found = [deviation(Features(m.model, x, self.normal).residuals) / m.expected for m in self.members]
            return torch.stack(found).mean(0)

        return map_batches(batch, images, on=self.members[0].model.device)


def fit(
    networks: Sequence[Autoencoder], scorers: Sequence[str], images: NormalImages, false_positive_rate: float
) -> Detector:
    """Fit a detector around trained networks, which stay as they are; calibration images set its threshold.

    Args:
        networks: all on one device.
        scorers: names of files in scorers/; each is applied to every network, and counts the same.
        false_positive_rate: target share of normal images above the threshold, in (0, 1).

    Raises:
        SettingsError: a scorer does not exist or does not apply to a network.
        HourglassError: there are fewer than two images of a kind, or a score is not a number.
    """
    if min(len(images.train), len(images.calibration)) < 2:
        counts = f"{len(images.train)} and {len(images.calibration)}"
        raise HourglassError(
            f"a detector needs at least two normal images for training and two for calibration; there are {counts}"
        )
    weights = dict.fromkeys(scorers, 1 / len(set(scorers)))
    members = [_member(model, list(weights), images) for model in networks]
    values = _values(members, images.normal, images.calibration)
    mean, std = values.mean(0), values.std(0)
    # A constant scorer says nothing: do not divide by zero.
    std[std <= CONSTANT * values.abs().amax(0)] = 1
    return Detector(
        members,
        images.dataset,
        images.normal,
        images.train.classes,
        images.image_fit,
        mean,
        std,
        weights,
        false_positive_rate,
        calibration_scores=ascending(combine(((values - mean) / std).numpy(), weights)),
        threshold_method="calibration",
        also_normal=images.also_normal,
    )


def ascending(scores: Scores) -> Tensor:
    """Scores (M,) as a detector keeps them.

    Raises:
        HourglassError: one is NaN or infinite.
    """
    require_finite(scores)
    return torch.from_numpy(np.sort(scores).astype(np.float32))


def combine(standardised: Floats, weights: Mapping[str, float]) -> Floats:
    """Weighted mean (N,) of standardised values (N, S); within each network these are in the order of the weights."""
    # Weights relative to equal ones, so that equal ones give the plain mean to the last bit.
    relative = len(weights) * np.array(list(weights.values()))
    return (standardised * np.resize(relative, standardised.shape[1]).astype(np.float32)).mean(1)


@torch.inference_mode()
def _member(model: Autoencoder, names: Sequence[str], images: NormalImages) -> Member:
    train = images.train.spread(FITTED)
    parts, total = [], torch.zeros(train.image_shape[1:])
    for x, _ in train.batches(on=model.device):
        features = Features(model.eval(), x, images.normal)
        parts.append(features.latent.cpu())
        total += deviation(features.residuals).sum(0).cpu()
    latent = torch.cat(parts)
    scorers = {name: find(name, model)() for name in names}
    for scorer in scorers.values():
        scorer.fit(latent)
    return Member(model, scorers, expected(total / len(train))).to(model.device)


def _values(members: Sequence[Member], normal: int, images: ImageSet) -> Tensor:
    """Values of each scorer of each member, not standardised: (N, S)."""

    def batch(x: Tensor, _: Tensor) -> Tensor:
        columns = []
        # The first image again, until the batch is large enough; these values are cut off.
        padded = torch.cat([x, x[:1].expand(max(0, LEAST_BATCH - len(x)), -1, -1, -1)])
        for member in members:
            features = Features(member.model, padded, normal)
            columns += [scorer.score(features) for scorer in member.scorers.values()]
        return torch.stack(columns, 1)[: len(x)]

    return torch.from_numpy(map_batches(batch, images, on=members[0].model.device))
