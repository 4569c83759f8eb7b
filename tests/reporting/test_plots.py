from typing import Any

import numpy as np
import pandas as pd
import pytest

from hourglass.reporting.plots import codebook, codes, maps, roc, training
from hourglass.reporting.results import Result


def result(history: pd.DataFrame) -> Result:
    nothing: dict[str, Any] = {}
    both = {"all": history, "normal": history}
    return Result("x", nothing, nothing, nothing, both, pd.DataFrame(), pd.DataFrame(), nothing, nothing)


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


def detector(name: str, roc_auc: float, untrained: float) -> Result:
    rates = np.linspace(0, 1, 11)
    curve = pd.DataFrame({"false_alarm_rate": rates, "detection_rate": rates ** (1 - roc_auc)})
    detect = {"roc_auc": roc_auc, "roc_auc_ci": [roc_auc - 0.01, roc_auc + 0.01], "untrained": {"roc_auc": untrained}}
    mean = {"roc_auc": 0.7, "false_alarm_rate": 0.05, "detection_rate": 0.4, "fpr_at_95_tpr": 0.45}
    detect["mean_image"] = mean
    return Result(name, {}, {}, detect, {}, pd.DataFrame(), curve, {}, {})


def test_the_roc_figure_names_the_best_the_median_and_the_worst_of_many() -> None:
    (axis,) = roc([detector(f"v{number}", 0.5 + number / 50, 0.5) for number in range(23)]).axes
    named = [text.get_text() for text in axis.texts]
    assert named == ["best: v22 0.940", "median: v11 0.720", "worst: v0 0.500", "mean image 0.700", "chance 0.500"]
    # Chance, a thin line for each, three bold ones on top, and the mean image's rings.
    assert len(axis.lines) == 1 + 23 + 3 + 1
    assert sorted({line.get_linewidth() for line in axis.lines[1:-1]}) == [0.7, 1.8]
    rings = axis.lines[-1]
    assert [list(np.asarray(ends)) for ends in (rings.get_xdata(), rings.get_ydata())] == [[0.05, 0.45], [0.4, 0.95]]


def mapped(name: str, latent_dim: int) -> Result:
    examples = {"codes": np.random.default_rng(0).random((20, 2)), "labels": np.arange(20) % 2}
    return Result(name, {}, {"latent_dim": latent_dim}, {}, {}, pd.DataFrame(), pd.DataFrame(), examples, {})


def test_every_variant_has_a_map_under_its_name() -> None:
    figure = maps([mapped("plane", 2), mapped("space", 5)], ["shirt", "bag"])
    assert [axis.get_title() for axis in figure.axes if axis.get_title()] == ["plane", "space"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["shirt", "bag"]


@pytest.mark.parametrize(("latent_dim", "title"), [(2, "code 1"), (3, "t-SNE of the code")])
def test_a_map_is_called_what_it_is(latent_dim: int, title: str) -> None:
    (axis,) = codes(mapped("x", latent_dim), ["shirt", "bag"]).axes
    assert axis.get_xlabel() == title
    assert (len(axis.get_xticks()) > 0) == (latent_dim == 2)


def test_the_codebook_shows_a_bar_an_entry() -> None:
    usage = np.array([0.5, 0.3, 0.2, 0.0])
    examples = {"codebook_usage": usage}
    (axis,) = codebook(Result("x", {}, {}, {}, {}, pd.DataFrame(), pd.DataFrame(), examples, {})).axes
    assert [bar.get_height() for bar in axis.patches] == usage.tolist()  # type: ignore[attr-defined]
    np.testing.assert_allclose(np.asarray(axis.lines[0].get_ydata()), 0.25)
