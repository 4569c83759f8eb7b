from typing import Any

from hourglass.core.metrics import Metrics
from hourglass.reporting.plots.probe_accuracy import probe_accuracy
from hourglass.reporting.plots.style import FAINT
from tests.reporting.plots.variants import variant


def probed(few: float) -> dict[str, Any]:
    accuracies = {"probe_accuracy_10": few, "probe_accuracy_100": few + 0.1, "probe_accuracy_1000": few + 0.12}
    return {"representation": accuracies}


def test_best_median_and_worst_are_named_beside_raw_pixels() -> None:
    variants = [variant(f"v{number}", evaluate=probed(number / 10)) for number in range(1, 8)]
    (axis,) = probe_accuracy(variants, Metrics({"evaluate": probed(0.35)})).axes
    legend = axis.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        *("best: v7 0.700", "median: v4 0.400", "worst: v1 0.100"),
        "raw pixels 0.350",
    ]
    assert [line.get_color() == FAINT for line in axis.lines] == [True] * 7 + [False] * 4
