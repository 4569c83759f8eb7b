from typing import Any

import pandas as pd
import pytest
from matplotlib.lines import Line2D

from hourglass.reporting.dots import compression, controlled, frechet
from hourglass.reporting.results import Result
from hourglass.reporting.style import ANOMALY, FAINT, NORMAL


def variant(name: str, evaluate: dict[str, Any], detect: dict[str, Any]) -> Result:
    return Result(name, {}, evaluate, detect, {}, pd.DataFrame(), pd.DataFrame(), {}, {})


def detector(name: str, roc_auc: float, untrained: float) -> Result:
    figures = {"roc_auc": roc_auc, "roc_auc_ci": [roc_auc - 0.01, roc_auc + 0.01], "untrained": {"roc_auc": untrained}}
    return variant(name, {}, figures)


def x(line: Line2D) -> float:
    return float(line.get_xdata()[0])  # type: ignore[index, arg-type]


def test_what_beats_neither_control_has_the_colour_of_an_anomaly() -> None:
    variants = [detector("good", 0.9, 0.5), detector("below the mean", 0.7, 0.5), detector("unlearned", 0.85, 0.88)]
    (axis,) = controlled(variants, "detect.roc_auc", "ROC-AUC", ("mean image", 0.8)).axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["below the mean", "unlearned", "good"]
    # A connection, the untrained dot, the trained dot and its interval for each, after the dashed line.
    trained = axis.lines[3::4]
    assert [x(line) for line in trained] == [0.7, 0.85, 0.9]
    assert [line.get_color() for line in trained] == [ANOMALY, ANOMALY, NORMAL]


def test_an_untrained_network_far_below_all_others_does_not_squeeze_them() -> None:
    variants = [detector("near", 0.90, 0.87), detector("far", 0.85, 0.1)]
    (axis,) = controlled(variants, "detect.roc_auc", "ROC-AUC", ("mean image", 0.88)).axes
    far, near = axis.lines[2::4]
    assert (far.get_marker(), near.get_marker()) == ("<", "o")
    assert x(far) == pytest.approx(0.85 - 3 * 0.05)
    assert axis.get_xlim()[0] > 0.6


def generator(name: str, source: str, **distances: float) -> Result:
    figures = {key: value for name, value in distances.items() for key, value in pair(name, value)}
    return variant(name, {"generation": {"source": source, **figures}}, {})


def pair(name: str, value: float) -> list[tuple[str, Any]]:
    return [(name, value), (f"{name}_ci", [value - 1, value + 1])]


def test_codes_from_a_prior_and_from_fits_have_marks_of_their_own() -> None:
    variants = [
        generator("drawn", "prior", frechet=10),
        generator("fitted", "gaussian", frechet=50, frechet_mixture=30),
        generator("wide", "gaussian", frechet=60),
    ]
    (axis,) = frechet(variants, floor=2.0).axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["drawn", "fitted", "wide"]
    dots = [line for line in axis.lines if line.get_marker() == "o"]
    assert [x(dot) for dot in dots] == [10, 50, 30, 60]
    assert (dots[0].get_color() == NORMAL, dots[1].get_color() == NORMAL) == (True, False)
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [False, False, True, False]
    assert x(axis.lines[-1]) == 2.0


def compressed(name: str, size: float, psnr: float) -> Result:
    webp = {"webp_bytes": 5 * size, "webp_psnr": psnr, "webp_sheet_bytes": 3 * size, "webp_sheet_psnr": psnr}
    return variant(name, {"compression": {"bytes_per_image": size, "psnr": psnr, "png_bytes": 500.0, **webp}}, {})


def test_only_codes_that_no_other_beats_have_a_name() -> None:
    variants = [compressed("small", 10, 18), compressed("good", 40, 22), compressed("beaten", 50, 20)]
    (axis,) = compression(variants).axes
    assert [text.get_text() for text in axis.texts] == ["small", "good"]
    # A connection, WebP's ring and the code's dot for each.
    rings, dots = axis.lines[1:9:3], axis.lines[2:9:3]
    assert [x(ring) for ring in rings] == [50, 200, 250]
    assert [(x(dot), dot.get_color()) for dot in dots] == [(10, NORMAL), (40, NORMAL), (50, FAINT)]
    assert x(axis.lines[-1]) == 500


def test_webp_may_be_better_than_the_code() -> None:
    (legend,) = compression([compressed("small", 10, 18)]).legends
    assert "WebP of at least this PSNR" in [text.get_text() for text in legend.get_texts()]
