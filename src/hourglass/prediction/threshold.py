"""`hourglass threshold`: what another target false-positive rate does to test metrics, and setting it for good."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hourglass.core import layout, params
from hourglass.core.errors import SettingsError
from hourglass.core.files import write_text
from hourglass.core.intervals import share_estimate
from hourglass.core.params import PARAMS, Settings, suggestion
from hourglass.data.normal import anomalous
from hourglass.detection.anomalies import SYNTHETIC
from hourglass.detection.detector import Detector
from hourglass.detection.files import load_detector
from hourglass.detection.settings import DetectSettings
from hourglass.detection.threshold import too_few
from hourglass.pipeline import lock
from hourglass.pipeline.acceptance import Criterion, Row, expand
from hourglass.pipeline.edit import edited
from hourglass.tracking.evaluated import scores
from hourglass.training.settings import VariantSettings

SETTING = "detect.false_positive_rate"
# The metric that a criterion on the false-positive rate bounds.
RATE = "detect.false_alarm_rate"
HEADER = ("variant", "target", "threshold", "false-positive rate", "recall")
LINE = "{:24}{:>8}{:>11}  {:22}{}"
NEXT = """\
{file}: {setting} is {rate:g}. What is served keeps its threshold until you run:
  make                        rebuilds and publishes the detectors; no variant is trained again
  hourglass promote VARIANT   serves the new version of a variant"""


class Params(Settings):
    """What is read of params.yaml."""

    detect: DetectSettings
    variants: dict[str, VariantSettings]
    accept: dict[str, Criterion] = Field(default_factory=dict)


def threshold(variant: str | None, rate: float, *, apply: bool) -> None:
    """Print thresholds and test metrics at the present target and at `rate`, of one variant or of all.

    With `apply`, write the target into params.yaml, where it is one for all detectors, so that they can be compared;
    all are then printed. The next `make` rebuilds them; no variant is trained again. Criteria that they would not meet
    are named.

    Raises:
        SettingsError: there is no such variant.
        HourglassError: a detector or its scores are missing, or a rebuild is at work here.
    """
    settings = params.read(Params)
    if variant is not None and variant not in settings.variants:
        raise SettingsError(f"no variant {variant!r} in {PARAMS}{suggestion(variant, settings.variants)}")
    print(LINE.format(*HEADER))
    counts, rates = [], {}
    for name in [variant] if variant and not apply else settings.variants:
        detector = load_detector(layout.detector(name))
        values, labels = scores(name, "test")
        positive = anomalous(labels, (detector.normal, *detector.also_normal))
        for target in dict.fromkeys((detector.false_positive_rate, rate)):
            print(_line(name, replace(detector, false_positive_rate=target), values, positive))
        counts.append(len(detector.calibration_scores))
        if len(normal := values[~positive]):
            rates[name] = float(np.mean(normal > replace(detector, false_positive_rate=rate).threshold))
    kind = SYNTHETIC if labels.max() >= len(detector.classes) else "anomalies"
    print(f"on {np.count_nonzero(~positive)} normal test images and {np.count_nonzero(positive)} {kind}")
    if warning := too_few(min(counts), rate):
        print(f"warning: {warning}", file=sys.stderr)
    for row in _missed(settings, rates):
        print(f"warning: {PARAMS}: accept.{row}; a variant that misses it gets no new version", file=sys.stderr)
    if not apply:
        print(f"nothing is changed; --apply sets {SETTING} in {PARAMS}, for all detectors")
        return
    with lock.exclusive(wait=False):  # a rebuild at work here reads params.yaml
        write_text(PARAMS, edited({SETTING: rate}))
    print(NEXT.format(file=PARAMS, setting=SETTING, rate=rate))


def _missed(settings: Params, rates: Mapping[str, float]) -> Iterator[Row]:
    """The criteria on the false-positive rate that variants with these rates, on normal test images, do not meet."""
    for name, variant, criterion in expand(settings.accept, settings.variants):
        if criterion.metric == RATE and variant in rates and not criterion.passed(rates[variant]):
            yield Row(name, variant, RATE, rates[variant], *criterion.bound, passed=False)


def _line(name: str, detector: Detector, values: NDArray[np.float64], positive: NDArray[np.bool_]) -> str:
    above = values > detector.threshold
    shares = (_share(above[part]) for part in (~positive, positive))
    return LINE.format(name, f"{detector.false_positive_rate:g}", f"{detector.threshold:.3f}", *shares)


def _share(hits: NDArray[np.bool_]) -> str:
    """A share with its 95% interval, or a dash where there are no images."""
    if not len(hits):
        return "-"
    found = share_estimate(hits)
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
