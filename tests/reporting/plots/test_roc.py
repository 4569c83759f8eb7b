import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg

from hourglass.reporting.plots.roc import roc
from hourglass.reporting.results import Result
from tests.reporting.plots.variants import variant, x_of, y_of

MEAN_IMAGE = {"roc_auc": 0.7, "false_alarm_rate": 0.05, "true_positive_rate": 0.4, "fpr_at_95_tpr": 0.45}


def detector(name: str, roc_auc: float) -> Result:
    rates = np.linspace(0, 1, 11)
    curve = pd.DataFrame({"false_positive_rate": rates, "true_positive_rate": rates ** (1 - roc_auc)})
    return variant(name, detect={"roc_auc": roc_auc, "mean_image": MEAN_IMAGE}, roc=curve)


def test_best_median_and_worst_curves_have_names() -> None:
    (axis,) = roc([detector(f"v{number}", 0.5 + number / 50) for number in range(23)]).axes
    legend = axis.get_legend()
    assert legend
    assert [text.get_text() for text in legend.texts] == ["best: v22 0.940", "median: v11 0.720", "worst: v0 0.500"]
    assert [text.get_text() for text in axis.texts] == ["mean image 0.700", "chance 0.500"]
    # Chance, a thin line for each, three bold ones on top, and the mean image's rings.
    assert len(axis.lines) == 1 + 23 + 3 + 1
    assert sorted({line.get_linewidth() for line in axis.lines[1:-1]}) == [0.7, 1.8]
    assert (x_of(axis.lines[-1]), y_of(axis.lines[-1])) == ([0.05, 0.45], [0.4, 0.95])


def test_legend_lies_below_chance() -> None:
    figure = roc([detector("a_variant_with_a_long_name", 0.9), detector("b", 0.7), detector("c", 0.6)])
    FigureCanvasAgg(figure).draw()
    (axis,) = figure.axes
    legend = axis.get_legend()
    assert legend
    corner = axis.transData.inverted().transform(legend.get_window_extent().corners()[1])
    assert corner[1] < corner[0]


def test_axes_have_names_of_the_field() -> None:
    (axis,) = roc([detector("x", 0.9)]).axes
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("false-positive rate", "true-positive rate")
