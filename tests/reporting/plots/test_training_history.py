import numpy as np
import pandas as pd
import pytest

from hourglass.reporting.plots.training_history import training_history
from tests.reporting.plots.variants import variant, x_of


def history(*phases: tuple[str, list[int]]) -> pd.DataFrame:
    rows = [
        {"epoch": epoch, "phase": name, "train_loss": np.nan if epoch == epochs[0] else 3.0, "validation_loss": 2.0}
        for name, epochs in phases
        for epoch in epochs
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("phases", "starts"),
    [([("train", [0, 1, 2])], []), ([("layer 1", [0, 1, 2]), ("layer 2", [2, 3]), ("fine-tuning", [3, 4])], [2, 3])],
)
def test_each_phase_has_curves_and_begins_at_a_line(phases: list[tuple[str, list[int]]], starts: list[int]) -> None:
    epochs = history(*phases)
    figure = training_history(variant(history={"all": epochs, "normal": epochs}))
    for axis in figure.axes:
        curves = [line for line in axis.lines if line.get_marker() == "."]
        marks = [line for line in axis.lines if line.get_marker() != "."]
        assert [x_of(line)[0] for line in marks] == starts
        assert [text.get_text().strip() for text in axis.texts] == [name for name, _ in phases[1:]]
        assert [x_of(line) for line in curves[1::2]] == [epochs for _, epochs in phases]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["training", "validation"]
