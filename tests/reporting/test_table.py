from typing import Any

import pandas as pd
import pytest

from hourglass.reporting.results import Result
from hourglass.reporting.table import COLUMNS, Cell, Row, lookup, markdown, rows


def metrics(mse: float, roc_auc: float) -> dict[str, dict[str, Any]]:
    """Contents of the two metrics files."""
    return {
        "evaluate": {"reconstruction": {"mse": mse, "mse_ci": [mse - 0.001, mse + 0.001]}},
        "detect": {"roc_auc": roc_auc, "roc_auc_ci": [roc_auc - 0.01, roc_auc + 0.01]},
    }


def result(name: str, mse: float, roc_auc: float, untrained: float, **more: Any) -> Result:
    trained, raw = metrics(mse, roc_auc), metrics(0.2, untrained)
    evaluate = {**trained["evaluate"], "parameters": 12345, **more, "untrained": raw["evaluate"]}
    detect = {**trained["detect"], "untrained": raw["detect"], "mean_image": metrics(0.1, 0.7)["detect"]}
    return Result(name, {}, evaluate, detect, {}, pd.DataFrame(), pd.DataFrame(), {})


# The mean image is better than either variant at reconstruction here, and an untrained network at detection.
RESULTS = [result("vae", 0.02, 0.9, untrained=0.95), result("pca", 0.01, 0.8, untrained=0.6, latent_dim=30)]
CONTROLS = {
    "mean_image": metrics(0.005, 0.0)["evaluate"],
    "pixels": {"representation": {"knn_accuracy": 0.85}},
}


@pytest.fixture
def table() -> dict[str, Row]:
    return {row.name: row for row in rows(RESULTS, CONTROLS)}


def cell(row: Row, title: str) -> Cell:
    (found,) = (cell for cell, column in zip(row.cells, COLUMNS, strict=True) if column.title == title)
    return found


def test_variants_stand_in_their_order_and_controls_after_them(table: dict[str, Row]) -> None:
    names = ["vae", "pca", "mean image", "raw pixels", "vae, untrained", "pca, untrained"]
    assert [(row.name, row.control) for row in table.values()] == [(name, name not in names[:2]) for name in names]


def test_a_cell_shows_the_figure_and_its_interval(table: dict[str, Row]) -> None:
    assert cell(table["vae"], "MSE") == Cell("0.0200", 0.02, " [0.0190, 0.0210]")
    assert cell(table["vae"], "size") == Cell("12,345", 12345)
    assert cell(table["mean image"], "ROC-AUC") == Cell("0.700", 0.7, " [0.690, 0.710]")
    assert cell(table["raw pixels"], "kNN") == Cell("0.850", 0.85)
    assert cell(table["vae, untrained"], "ROC-AUC").number == 0.95


def test_a_figure_that_is_not_there_is_an_empty_cell(table: dict[str, Row]) -> None:
    assert cell(table["vae"], "code") == Cell("", None)
    assert {cell(table["raw pixels"], title) for title in ("MSE", "ROC-AUC", "size")} == {Cell("", None)}


def test_the_best_variant_is_marked_and_never_a_control(table: dict[str, Row]) -> None:
    best = {column.title: [row.name for row in table.values() if cell(row, column.title).best] for column in COLUMNS}
    assert {title: names for title, names in best.items() if names} == {"MSE": ["pca"], "ROC-AUC": ["vae"]}


def test_equals_share_the_first_place() -> None:
    twins = [result(name, 0.01, 0.9, untrained=0.5) for name in ("one", "two")]
    assert [row.name for row in rows(twins, CONTROLS) if cell(row, "MSE").best] == ["one", "two"]


def test_the_short_table_is_markdown() -> None:
    assert markdown(RESULTS, CONTROLS).splitlines() == [
        "| variant | code | size | MSE | SSIM | kNN | ROC-AUC | untrained MSE | untrained ROC-AUC |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| vae |  | 12,345 | 0.0200 [0.0190, 0.0210] |  |  | **0.900** [0.890, 0.910] | 0.2000 | 0.950 |",
        "| pca | 30 | 12,345 | **0.0100** [0.0090, 0.0110] |  |  | 0.800 [0.790, 0.810] | 0.2000 | 0.600 |",
        "| mean image |  |  | 0.0050 [0.0040, 0.0060] |  |  | 0.700 [0.690, 0.710] |  |  |",
        "| raw pixels |  |  |  |  | 0.850 |  |  |  |",
    ]


@pytest.mark.parametrize(
    ("key", "value"), [("a.b", 1), ("a", {"b": 1}), ("a.c", None), ("a.b.c", None), ("z", None), ("a.b.c.d", None)]
)
def test_lookup_gives_what_stands_at_a_path_or_nothing(key: str, value: object) -> None:
    assert lookup({"a": {"b": 1}}, key) == value
