from typing import Any

import numpy as np
import pandas as pd
import pytest

from hourglass.reporting.figures import restorations, training
from hourglass.reporting.results import Result


def result(history: pd.DataFrame) -> Result:
    nothing: dict[str, Any] = {}
    both = {"all": history, "normal": history}
    return Result("x", nothing, nothing, nothing, both, pd.DataFrame(), pd.DataFrame(), nothing)


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
def test_a_phase_begins_at_a_line(phases: list[tuple[str, list[int]]], starts: list[int]) -> None:
    for axis in training(result(history(*phases))).axes:
        curves = [line for line in axis.lines if line.get_marker() == "."]
        marks = [line for line in axis.lines if line.get_marker() != "."]
        assert [float(line.get_xdata()[0]) for line in marks] == starts  # type: ignore[index, arg-type]
        assert [text.get_text().strip() for text in axis.texts] == [name for name, _ in phases[1:]]
        assert [list(line.get_xdata()) for line in curves[1::2]] == [epochs for _, epochs in phases]  # type: ignore[arg-type]
        legend = axis.get_legend()
        assert legend is not None
        assert [text.get_text() for text in legend.get_texts()] == ["training", "validation"]


def test_restorations_show_small_and_holed_images() -> None:
    images = np.linspace(0, 1, 2 * 64).reshape(2, 1, 8, 8)
    for observed in (images[:, :, ::2, ::2], np.where(images < 0.3, np.nan, images)):
        found = {"originals": images, "observed": observed, "restored": images / 2}
        shown = Result(
            "x", {}, {}, {}, {}, pd.DataFrame(), pd.DataFrame(), {f"restoration_{k}": v for k, v in found.items()}
        )
        axes = restorations(shown, ["shirt", "bag"]).axes
        assert len(axes) == 3 * 2
        assert [axis.get_title() for axis in axes[:2]] == ["shirt", "bag"]
        assert [axis.texts[0].get_text() for axis in axes[::2]] == ["original", "shown", "restored"]
        drawn = [np.asarray(axis.images[0].get_array()) for axis in axes]
        np.testing.assert_allclose(drawn[2], np.nan_to_num(observed[0, 0], nan=0.5))
        np.testing.assert_allclose(drawn[5], images[1, 0] / 2)
