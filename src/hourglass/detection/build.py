"""From trained networks and settings to a detector."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import Detector, Floats, NormalImages, ascending, fit
from hourglass.detection.scorer import selectable
from hourglass.detection.selection import select
from hourglass.detection.settings import DetectorPlan
from hourglass.detection.threshold import cross_scores
from hourglass.models.autoencoder import Autoencoder
from hourglass.training.recipe import Recipe
from hourglass.training.train import train


def build(
    plan: DetectorPlan,
    recipes: Sequence[Recipe],
    seed: int,
    images: NormalImages,
    trained: Sequence[Autoencoder] = (),
    on: torch.device | str = "cpu",
) -> Detector:
    """Build a detector: train the networks that are missing, fit and select scorers, and set the threshold.

    Args:
        recipes: one for each variant in the detector. With `plan.networks` above 1, each is trained from as many
            successive seeds: first all recipes from `seed`, then all from `seed + 1`.
        trained: the first of these networks, if they exist already; on the same device as the others.
        on: the device that networks compute on.

    Raises:
        SettingsError: a setting of a network is wrong, a scorer does not exist, or does not apply to a network.
        HourglassError: training diverged, there are too few images, or a score is not a number.
    """
    rate = plan.false_positive_rate
    networks = [(recipe, seed + number) for number in range(plan.networks) for recipe in recipes]

    def train_on(some: ImageSet, missing: Sequence[tuple[Recipe, int]]) -> list[Autoencoder]:
        return [train(recipe, start, some, images.calibration, on)[0] for recipe, start in missing]

    members = [*trained, *train_on(images.train, networks[len(trained) :])]
    detector = fit(members, plan.scorers or selectable(plan.candidates, members[0]), images, rate)
    if not plan.scorers:
        weights = select(detector, images.calibration, plan.selection, seed)
        detector = detector.reweighted(weights, images.calibration)
    if plan.threshold == "calibration":
        return detector

    def score(half: ImageSet, other: ImageSet) -> Floats:
        again = fit(train_on(half, networks), list(detector.weights), replace(images, train=half), rate)
        return replace(again, weights=detector.weights).score(other)

    scores = cross_scores(score, images.train)
    return replace(detector, calibration_scores=ascending(scores), threshold_method=plan.threshold)
