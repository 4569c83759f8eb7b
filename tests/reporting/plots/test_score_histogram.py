import pandas as pd
from matplotlib.colors import to_rgb

from hourglass.reporting.plots.score_histogram import score_histogram
from hourglass.reporting.plots.style import ANOMALY, NORMAL
from tests.reporting.plots.variants import variant, x_of


def test_test_scores_are_split_by_the_normal_class() -> None:
    scores = pd.DataFrame(
        {
            "split": ["validation", "test", "test", "test", "test"],
            "class": [0, 0, 0, 1, 2],
            "score": [9.0, 0.1, 0.2, 0.8, 0.9],
        }
    )
    figure = score_histogram(variant(detect={"threshold": 0.5}, scores=scores), normal=[0])
    (axis,), (legend,) = figure.axes, figure.legends
    assert {text.get_text() for text in legend.get_texts()} == {"normal class", "other classes", "threshold"}
    assert x_of(axis.lines[0]) == [0.5, 0.5]
    for colour, least, most in ((NORMAL, 0.1, 0.2), (ANOMALY, 0.8, 0.9)):
        bars = [bar for bar in axis.patches if bar.get_facecolor()[:3] == to_rgb(colour) and bar.get_height()]  # type: ignore[attr-defined]
        edges = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars]  # type: ignore[attr-defined]
        assert min(left for left, _ in edges) >= least - 0.02
        assert max(right for _, right in edges) <= most + 0.02
