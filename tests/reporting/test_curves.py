from typing import Any

import numpy as np
import pandas as pd

from hourglass.reporting.curves import damage, labels, levels, sizes
from hourglass.reporting.results import Result
from hourglass.reporting.style import FAINT


def variant(name: str, **evaluate: Any) -> Result:
    return Result(name, {}, evaluate, {}, {}, pd.DataFrame(), pd.DataFrame(), {}, {})


def probed(few: float) -> dict[str, float]:
    return {"probe_accuracy_10": few, "probe_accuracy_100": few + 0.1, "probe_accuracy_1000": few + 0.12}


def test_few_of_many_variants_are_named_beside_raw_pixels() -> None:
    variants = [variant(f"v{number}", representation=probed(number / 10)) for number in range(1, 8)]
    (axis,) = labels(variants, probed(0.35)).axes
    legend = axis.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        *("best: v7 0.700", "median: v4 0.400", "worst: v1 0.100"),
        "raw pixels 0.350",
    ]
    assert [line.get_color() == FAINT for line in axis.lines] == [True] * 7 + [False] * 4


def restoring(name: str) -> Result:
    # As text, levels do not sort by size: "10" comes before "2".
    found = {
        level: {"psnr": high, "ssim": high / 40, "baselines": {"median": {"psnr": low, "ssim": low / 40}}}
        for level, high, low in (("10", 18.0, 15.0), ("2", 20.0, 21.0))
    }
    return variant(name, restoration={"level": 2, "levels": found})


def test_restorations_are_compared_at_every_level_from_weak_to_strong() -> None:
    one, two = (axis for axis in levels([restoring("one"), restoring("two")]).axes if axis.get_title())
    assert (one.get_title(), two.get_title()) == ("one", "two")
    median, model, trained = one.lines
    assert [list(np.asarray(line.get_ydata())) for line in (median, model)] == [[21, 15], [20, 18]]
    assert list(np.asarray(model.get_xdata())) == [2, 10]
    assert set(np.asarray(trained.get_xdata())) == {2}
    assert model.get_linewidth() > 2 * median.get_linewidth()
    assert [text.get_text() for text in one.texts] == ["median", "model"]


def test_names_of_lines_do_not_cover_each_other() -> None:
    near = {"psnr": 15.0, "ssim": 0.5, "baselines": {name: {"psnr": 15.0, "ssim": 0.5} for name in ("a", "b", "c")}}
    far = {**near, "psnr": 20.0}
    found = {"level": 1, "levels": {"1": far, "2": near}}
    upper, lower = damage(variant("x", restoration=found)).axes
    for axis in (upper, lower):
        places = sorted(text.get_position()[1] for text in axis.texts)
        low, high = axis.get_ylim()
        assert np.diff(places).min() > 0.07 * (high - low)
    assert lower.get_ylabel() == "SSIM"


def test_code_sizes_are_drawn_in_order_with_intervals_and_controls() -> None:
    figure = {name: value for key in ("validation_mse", "knn_accuracy", "roc_auc") for name, value in around(key)}
    drawn = sizes({"pca": {"16": figure, "4": figure}}, {"roc_auc": ("mean image", 0.5)})
    error, _, area = drawn.axes
    assert list(np.asarray(area.lines[0].get_xdata())) == [4, 16]
    assert [len(axis.collections) for axis in drawn.axes] == [1, 1, 1]
    assert [len(axis.lines) for axis in drawn.axes] == [1, 1, 2]
    assert area.get_title() == "ROC-AUC\n(dashed: mean image 0.500)"
    assert (error.get_yscale(), area.get_yscale()) == ("log", "linear")


def around(key: str) -> list[tuple[str, Any]]:
    return [(key, 0.4), (f"{key}_ci", [0.3, 0.5])]
