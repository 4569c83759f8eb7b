from typing import Any

import numpy as np

from hourglass.reporting.plots.corruption_levels import corruption_levels, corruption_levels_of_all
from hourglass.reporting.results import Result
from tests.reporting.plots.variants import variant, x_of, y_of


def restoring(name: str, level: float, levels: dict[str, Any]) -> Result:
    return variant(name, evaluate={"restoration": {"level": level, "levels": levels}})


def test_levels_are_drawn_from_weak_to_strong() -> None:
    # As text, levels do not sort by size: "10" comes before "2".
    levels = {
        level: {"psnr": high, "ssim": high / 40, "baselines": {"median": {"psnr": low, "ssim": low / 40}}}
        for level, high, low in (("10", 18.0, 15.0), ("2", 20.0, 21.0))
    }
    figure = corruption_levels_of_all([restoring(name, 2, levels) for name in ("one", "two")])
    one, two = (axis for axis in figure.axes if axis.get_title())
    assert (one.get_title(), two.get_title()) == ("one", "two")
    median, model, trained = one.lines
    assert [y_of(line) for line in (median, model)] == [[21, 15], [20, 18]]
    assert x_of(model) == [2, 10]
    assert set(x_of(trained)) == {2}
    assert model.get_linewidth() > 2 * median.get_linewidth()
    assert [text.get_text() for text in one.texts] == ["median", "model"]


def test_names_of_lines_do_not_cover_each_other() -> None:
    near = {"psnr": 15.0, "ssim": 0.5, "baselines": {name: {"psnr": 15.0, "ssim": 0.5} for name in ("a", "b", "c")}}
    far = {**near, "psnr": 20.0}
    upper, lower = corruption_levels(restoring("x", 1, {"1": far, "2": near})).axes
    for axis in (upper, lower):
        places = sorted(text.get_position()[1] for text in axis.texts)
        low, high = axis.get_ylim()
        assert np.diff(places).min() > 0.07 * (high - low)
    assert lower.get_ylabel() == "SSIM"
