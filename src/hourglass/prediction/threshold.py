"""`hourglass threshold`: what another target false-positive rate does to test metrics, and setting it for good."""

import csv
import sys
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter

from hourglass.core import layout, params
from hourglass.core.errors import SettingsError
from hourglass.core.files import read_bytes, replacing
from hourglass.core.intervals import share_estimate
from hourglass.core.params import PARAMS, Settings, suggestion
from hourglass.data.imageset import Labels
from hourglass.data.normal import anomalous
from hourglass.detection.anomalies import SYNTHETIC
from hourglass.detection.detector import Detector
from hourglass.detection.files import load_detector
from hourglass.detection.settings import DetectSettings
from hourglass.detection.threshold import too_few
from hourglass.training.settings import VariantSettings

SETTING = "detect.false_positive_rate"
HEADER = ("variant", "target", "threshold", "false-positive rate", "recall")
LINE = "{:24}{:>8}{:>11}  {:22}{}"


class Params(Settings):
    """What is read of params.yaml."""

    detect: DetectSettings
    variants: dict[str, VariantSettings]


def threshold(variant: str | None, rate: float, *, apply: bool) -> None:
    """Print thresholds and test metrics at the present target and at `rate`, of one variant or of all.

    With `apply`, write the target into params.yaml, where it is one for all detectors, so that they can be compared.
    The next `make` then rebuilds them; no variant is trained again.

    Raises:
        SettingsError: there is no such variant.
        HourglassError: a detector or its scores are missing.
    """
    settings = params.read(Params)
    if variant is not None and variant not in settings.variants:
        raise SettingsError(f"no variant {variant!r} in {PARAMS}{suggestion(variant, settings.variants)}")
    print(LINE.format(*HEADER))
    counts = []
    for name in [variant] if variant else settings.variants:
        detector = load_detector(layout.detector(name))
        scores, labels = _test_scores(name)
        strange = anomalous(labels, (detector.normal, *detector.also_normal))
        for target in dict.fromkeys((detector.false_positive_rate, rate)):
            print(_line(name, replace(detector, false_positive_rate=target), scores, strange))
        counts.append(len(detector.calibration_scores))
    kind = SYNTHETIC if labels.max() >= len(detector.classes) else "anomalies"
    print(f"on {np.count_nonzero(~strange)} normal test images and {np.count_nonzero(strange)} {kind}")
    if warning := too_few(min(counts), rate):
        print(f"warning: {warning}", file=sys.stderr)
    if not apply:
        print(f"nothing is changed; --apply sets {SETTING} in {PARAMS}, for all detectors")
        return
    _write(rate)
    print(f"{PARAMS}: {SETTING} is {rate:g}; run `make`, which rebuilds the detectors")


def _test_scores(variant: str) -> tuple[NDArray[np.float64], Labels]:
    """Scores (N,) of the test images, and their class numbers (N,)."""
    lines = read_bytes(layout.scores(variant)).decode().splitlines()
    rows = [(row["score"], row["class"]) for row in csv.DictReader(lines) if row["split"] == "test"]
    scores, classes = np.array(rows).T
    return scores.astype(float), classes.astype(np.int64)


def _line(name: str, detector: Detector, scores: NDArray[np.float64], strange: NDArray[np.bool_]) -> str:
    above = scores > detector.threshold
    shares = (_share(above[part]) for part in (~strange, strange))
    return LINE.format(name, f"{detector.false_positive_rate:g}", f"{detector.threshold:.3f}", *shares)


def _share(hits: NDArray[np.bool_]) -> str:
    """A share with its 95% interval, or a dash where there are no images."""
    if not len(hits):
        return "-"
    found = share_estimate(hits)
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


class _Representer(RoundTripRepresenter):
    """Writes `null` as `null`; ruamel's own leaves nothing."""


def _null(representer: RoundTripRepresenter, value: None) -> ScalarNode:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


_Representer.add_representer(type(None), _null)


def _write(rate: float) -> None:
    """Set the target in params.yaml; comments and everything else stay as they are."""
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.width = sys.maxsize
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    settings = yaml.load(PARAMS.read_text(encoding="utf-8"))
    section, key = SETTING.split(".")
    settings[section][key] = rate
    with replacing(PARAMS) as partial:
        yaml.dump(settings, partial)
