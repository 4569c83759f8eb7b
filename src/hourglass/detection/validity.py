"""Whether a detector that was read from a file can be used: a damaged one must fail when it is loaded.

Comparisons with NaN are false. So a detector with a NaN in it would call every image normal. `weights.read` has refused
tensors with one; here scores are tried, which can still overflow.
"""

import math
from typing import get_args

import numpy as np

from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import Detector
from hourglass.detection.settings import ThresholdMethod

# A black image, and a grey one.
PROBES = (0, 128)
LARGEST = 1e300


def require_valid(detector: Detector) -> Detector:
    """Return `detector` if its settings are in range, its tensors fit together, and it scores two plain images.

    Raises:
        ValueError: names what is wrong.
    """
    _require_settings(detector)
    _require_tensors(detector)
    shape = detector.image_shape
    pixels = np.stack([np.full(shape, value, np.uint8) for value in PROBES])
    try:
        finite = np.isfinite(detector.standardised(ImageSet(pixels))).all()
    except IndexError as error:
        raise ValueError(f"it cannot score an image: {error}") from error
    _require(bool(finite), "the score of a plain image is NaN or infinite")
    return detector


def _require_settings(detector: Detector) -> None:
    _require(isinstance(detector.weights, dict), "the weights of scorers are no mapping")
    shares, classes = list(detector.weights.values()), detector.classes
    _require(isinstance(detector.dataset, str), "dataset is no name")
    _require(all(_is_number(share) and share > 0 for share in shares), "a scorer's weight is no positive number")
    _require(math.isclose(sum(shares), 1, abs_tol=1e-6), "the weights of scorers do not sum to 1")
    rate = detector.false_positive_rate
    _require(_is_number(rate) and 0 < rate < 1, f"false_positive_rate {rate!r} is not between 0 and 1")
    _require(all(isinstance(name, str) for name in classes), "classes are no names")
    for normal in (detector.normal, *detector.also_normal):
        # Images need no names of classes.
        known = type(normal) is int and 0 <= normal < (len(classes) or math.inf)
        _require(known, f"normal class {normal!r} is not among its {len(classes)} classes")
    _require(detector.image_fit in ("pad", "stretch"), f"image_fit {detector.image_fit!r} is unknown")
    method = detector.threshold_method
    _require(method in get_args(ThresholdMethod), f"threshold_method {method!r} is unknown")


def _require_tensors(detector: Detector) -> None:
    _require(len(detector.members) > 0, "it has no network")
    shapes = {member.model.image_shape for member in detector.members}
    _require(len(shapes) == 1, "its networks take images of different shapes")
    scores = (len(detector.members) * len(detector.weights),)
    for name, values in (("mean", detector.mean), ("std", detector.std)):
        _require(values.shape == scores, f"{name} has shape {tuple(values.shape)}, expected {scores}")
    _require(bool((detector.std > 0).all()), "a standard deviation is not above 0")
    calibration = detector.calibration_scores
    _require(calibration.ndim == 1 and len(calibration) > 0, "calibration_scores are no list of scores")
    _require(bool((calibration.diff() >= 0).all()), "calibration_scores do not ascend")
    for member in detector.members:
        height_and_width, found = member.model.image_shape[1:], tuple(member.expected.shape)
        _require(found == height_and_width, f"expected has shape {found}, not {height_and_width}")
        _require(bool((member.expected > 0).all()), "an expected deviation is not above 0")


def _is_number(value: object) -> bool:
    # bool is a kind of int, and an int may have any number of digits.
    return isinstance(value, float | int) and not isinstance(value, bool) and abs(value) < LARGEST


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
