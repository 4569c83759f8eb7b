from hourglass.core.metrics import Metrics
from hourglass.reporting.plots.control_comparison import Control
from hourglass.reporting.plots.size_sweep import size_sweep
from tests.reporting.plots.variants import around, x_of


def test_sizes_are_drawn_in_order_with_intervals_and_controls() -> None:
    metrics = around("validation_mse", 0.4, 0.1) | around("knn_accuracy", 0.4, 0.1) | around("roc_auc", 0.4, 0.1)
    sweeps = Metrics({"pca": {"16": metrics, "4": metrics}})
    figure = size_sweep(sweeps, {"roc_auc": Control("mean image", 0.5)})
    error, _, area = figure.axes
    assert x_of(area.lines[0]) == [4, 16]
    assert [len(axis.collections) for axis in figure.axes] == [1, 1, 1]
    assert [len(axis.lines) for axis in figure.axes] == [1, 1, 2]
    assert area.get_title() == "ROC-AUC\n(dashed: mean image 0.500)"
    assert (error.get_yscale(), area.get_yscale()) == ("log", "linear")
