"""Measure a detector on test images, beside its controls: an untrained network and the mean image.

Detectors are compared with each other on validation images, so that choosing one never looks at test images.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from hourglass.data.imageset import ImageSet, Labels
from hourglass.data.masks import Masks
from hourglass.detection import mean_image
from hourglass.detection.anomalies import Tested, defects_on, with_anomalies
from hourglass.detection.defects import Defective, Localisation, localise
from hourglass.detection.detector import Detector, Floats, NormalImages, combine, fit
from hourglass.detection.marks import localise_marked, marked
from hourglass.detection.metrics import Performance, Ranking, performance, ranking, roc_points
from hourglass.detection.scorer import applicable
from hourglass.detection.settings import DetectorPlan
from hourglass.detection.threshold import Scores, least_images
from hourglass.models.build import untrained

# Defects of each kind that the report draws.
DRAWN = 3
# `masks` -> metrics of the defects that masks mark.
MaskMetrics = Mapping[str, Mapping[str, float]]
NO_MASKS: Mapping[str, Masks | None] = {}


class Scoring(Protocol):
    """A detector, or a control that scores images as one."""

    @property
    def threshold(self) -> float: ...  # noqa: D102
    def score(self, images: ImageSet, /) -> Scores: ...  # noqa: D102
    def maps(self, images: ImageSet, /) -> Scores: ...  # noqa: D102


@dataclass(frozen=True)
class ScoringMetrics(Performance):
    """Metrics of scores and maps.

    localisation: ROC-AUC over pixels by kind of synthetic defect, and their mean; at `masks`, where test images have
        some, `pixel_roc_auc` and `aupro` of the defects that they mark (marks.py).
    """

    localisation: Mapping[str, float | Mapping[str, float]]


@dataclass(frozen=True)
class TestedRanking(Ranking):
    """A ranking of validation images.

    anomalies: what stands in for anomalies, if there are none among the images.
    localisation: at `masks` as in `ScoringMetrics`, where validation images have some.
    """

    anomalies: str | None
    localisation: MaskMetrics | None


@dataclass(frozen=True)
class DetectionMetrics(ScoringMetrics):
    """Metrics of a detector and its controls.

    scorers, networks: names of the scorers, number of networks. weights: scorer -> how much it counts; the sum is 1.
    target_false_positive_rate: what the threshold was set for. calibration_images: how many set it.
    least_calibration_images: how many that target needs; with fewer, the rate is exceeded.
    anomalies: what stands in for anomalies, if there are none among the test images.
    validation: how it ranks validation images, to choose between detectors by.
    untrained: the same detector around its networks before training. mean_image: distances from the mean image.
    by_scorer: each candidate by itself, on the first network.
    """

    scorers: Sequence[str]
    weights: Mapping[str, float]
    networks: int
    target_false_positive_rate: float
    calibration_images: int
    least_calibration_images: int
    anomalies: str | None
    validation: TestedRanking
    untrained: ScoringMetrics
    mean_image: ScoringMetrics
    by_scorer: Mapping[str, Ranking]


@dataclass(frozen=True)
class Measurement:
    """Metrics, and what the report draws.

    scores, validation_scores: of test and of validation images, then of the defects that stand in for anomalies.
    labels, validation_labels: class numbers of these.
    roc: pairs (false-positive rate, true-positive rate) on test images.
    maps: arrays by name, as `Result.maps` of the report describes them.
    """

    metrics: DetectionMetrics
    scores: Floats
    labels: Labels
    validation_scores: Floats
    validation_labels: Labels
    roc: Sequence[tuple[float, float]]
    maps: Mapping[str, NDArray[Any]]


def measure(
    detector: Detector,
    plan: DetectorPlan,
    seed: int,
    images: NormalImages,
    validation: ImageSet,
    test: ImageSet,
    masks: Mapping[str, Masks | None] = NO_MASKS,
) -> Measurement:
    """Measure the detector of one variant, which was built with the same plan, seed and images.

    Args:
        validation, test: images of all classes, labelled. masks: of these, where there are any.

    Raises:
        HourglassError: a score is NaN or infinite.
    """
    normal, rate, scorers = images.classes, detector.false_positive_rate, list(detector.weights)
    tested, validated = (with_anomalies(part, normal, seed) for part in (test, validation))
    defects = defects_on(test, normal, seed)
    marked_test = marked(test, masks.get("test"), normal)

    def control(scoring: Scoring) -> ScoringMetrics:
        found = performance(tested.map(scoring.score), scoring.threshold, tested, normal)
        return _with_localisation(found, localise(scoring.maps, defects), _of_masks(scoring, marked_test))

    every, added = _with_candidates(detector, plan, images)
    values, validation_scores = tested.map(every.standardised), validated.map(detector.score)
    scores = combine(np.delete(values, slice(len(scorers), len(scorers) + len(added)), axis=1), detector.weights)
    by_scorer = dict(zip([*scorers, *added], values.T, strict=False))  # those of the first network come first
    localisation, of_masks = localise(detector.maps, defects), _of_masks(detector, marked_test)
    blank = [untrained(member.model, seed + number) for number, member in enumerate(detector.members)]
    metrics = DetectionMetrics(
        **vars(_with_localisation(performance(scores, detector.threshold, tested, normal), localisation, of_masks)),
        scorers=scorers,
        weights=detector.weights,
        networks=len(detector.members),
        target_false_positive_rate=rate,
        calibration_images=len(detector.calibration_scores),
        least_calibration_images=least_images(rate),
        anomalies=tested.stand_in,
        validation=_validation(
            validation_scores, validated, _of_masks(detector, marked(validation, masks.get("validation"), normal))
        ),
        untrained=control(fit(blank, scorers, images, rate).reweighted(detector.weights, images.calibration)),
        mean_image=control(mean_image.fit(images, rate)),
        by_scorer={
            name: ranking(by_scorer[name], tested.anomalous)
            for name in applicable(plan.candidates, detector.members[0].model)
        },
    )
    return Measurement(
        metrics,
        scores,
        tested.labels,
        validation_scores,
        validated.labels,
        roc_points(scores, tested.anomalous),
        _drawn(detector, test, defects, localisation) | _drawn_marked(detector, marked_test),
    )


def _of_masks(scoring: Scoring, images: Defective | None) -> MaskMetrics | None:
    return None if images is None else {"masks": localise_marked(scoring.maps(images.images), images.masks)}


def _with_localisation(found: Performance, localisation: Localisation, of_masks: MaskMetrics | None) -> ScoringMetrics:
    return ScoringMetrics(**vars(found), localisation={**localisation.roc_auc, **(of_masks or {})})


def _validation(scores: Floats, validated: Tested, of_masks: MaskMetrics | None) -> TestedRanking:
    ranks = ranking(scores, validated.anomalous)
    return TestedRanking(**vars(ranks), anomalies=validated.stand_in, localisation=of_masks)


def _with_candidates(detector: Detector, plan: DetectorPlan, images: NormalImages) -> tuple[Detector, list[str]]:
    """The detector with the candidates that its first network lacks, after that network's own scorers; their names.

    So that all scorers share one pass over the test images. It does not score: the candidates have no weights.
    """
    first, *others = detector.members
    missing = [name for name in applicable(plan.candidates, first.model) if name not in detector.weights]
    if not missing:
        return detector, []
    further = fit([first.model], missing, images, detector.false_positive_rate)
    member = replace(first, scorers={**first.scorers, **further.members[0].scorers})
    pairs = (detector.mean, further.mean), (detector.std, further.std)
    mean, std = (torch.cat([own[: len(first.scorers)], new, own[len(first.scorers) :]]) for own, new in pairs)
    return replace(detector, members=[member, *others], mean=mean, std=std), missing


def _drawn(
    detector: Detector, test: ImageSet, defects: Mapping[str, Defective], localisation: Localisation
) -> dict[str, NDArray[Any]]:
    """What the report draws: a test image of each class and the first defects, with their anomaly maps."""
    examples = test.one_per_class()
    drawn: dict[str, NDArray[Any]] = {"images": examples[:], "maps": detector.maps(examples)}
    for kind, one in defects.items():
        drawn[f"{kind}_images"] = one.images[:DRAWN]
        drawn[f"{kind}_maps"] = localisation.maps[kind][:DRAWN]
        drawn[f"{kind}_masks"] = one.masks[:DRAWN]
    return drawn


def _drawn_marked(detector: Detector, images: Defective | None) -> dict[str, NDArray[Any]]:
    """The first test images of each class with marked defects, and their anomaly maps; nothing without masks."""
    if images is None:
        return {}
    labels, defective = images.images.labels, images.masks.any(axis=(1, 2))
    of_class = [np.flatnonzero(defective & (labels == number))[:DRAWN] for number in np.unique(labels)]
    rows = np.concatenate(of_class)
    chosen = images.images.subset(rows)
    return {
        "marked_images": chosen[:],
        "marked_maps": detector.maps(chosen),
        "marked_masks": images.masks[rows],
        "marked_labels": chosen.labels,
    }
