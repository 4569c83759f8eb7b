from typing import Any

import pandas as pd

from hourglass.reporting.columns import (
    COMPRESS,
    DETECT,
    GENERATE,
    KNN,
    MSE,
    ORGANISE,
    README,
    RESTORE,
    ROC_AUC,
    ranking,
    untrained,
)
from hourglass.reporting.results import Result
from hourglass.reporting.table import Cell, Row, build, markdown


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
    return Result(name, {}, evaluate, detect, {}, pd.DataFrame(), pd.DataFrame(), {}, {})


# The mean image is better than either variant at reconstruction here, and an untrained network at detection.
RESULTS = [result("vae", 0.02, 0.9, untrained=0.95), result("pca", 0.01, 0.8, untrained=0.6, latent_dim=30)]
CONTROLS = {
    "mean_image": metrics(0.005, 0.0)["evaluate"],
    "pixels": {"representation": {"knn_accuracy": 0.85}},
}


SHOWN = {
    "mean image": {**metrics(0.005, 0.7), "evaluate": CONTROLS["mean_image"]},
    "raw pixels": {"evaluate": CONTROLS["pixels"]},
}
TABLE = build(RESULTS, SHOWN, README)
ROWS = {row.name: row for row in TABLE.rows}


def cell(row: Row, title: str) -> Cell:
    (found,) = (cell for cell, column in zip(row.cells, TABLE.columns, strict=True) if column.title == title)
    return found


def test_variants_stand_in_their_order_and_controls_after_them() -> None:
    order = [("vae", False), ("pca", False), ("mean image", True), ("raw pixels", True)]
    assert [(row.name, row.control) for row in TABLE.rows] == order


def test_a_cell_shows_the_figure_and_its_interval() -> None:
    assert cell(ROWS["vae"], "MSE") == Cell("0.0200", 0.02, " [0.0190, 0.0210]")
    assert cell(ROWS["vae"], "size") == Cell("12,345", 12345)
    assert cell(ROWS["mean image"], "ROC-AUC") == Cell("0.700", 0.7, " [0.690, 0.710]")
    assert cell(ROWS["vae"], "untrained ROC-AUC") == Cell("0.950", 0.95)


def test_a_figure_that_is_not_there_is_an_empty_cell() -> None:
    assert cell(ROWS["vae"], "code") == Cell("", None)
    assert {cell(ROWS["raw pixels"], title) for title in ("MSE", "ROC-AUC", "size")} == {Cell("", None)}


def test_a_column_without_any_variant_s_figure_is_left_out() -> None:
    """Raw pixels have a kNN accuracy here; alone it would be a column about nothing."""
    assert "kNN" not in [column.title for column in TABLE.columns]
    assert [column.title for column in build(RESULTS, {}, GENERATE).columns] == ["code"]


def test_the_best_variant_is_marked_and_never_a_control() -> None:
    titles = [column.title for column in TABLE.columns]
    best = {title: [row.name for row in TABLE.rows if cell(row, title).best] for title in titles}
    assert {title: names for title, names in best.items() if names} == {"MSE": ["pca"], "ROC-AUC": ["vae"]}


def test_equals_share_the_first_place() -> None:
    twins = [result(name, 0.01, 0.9, untrained=0.5) for name in ("one", "two")]
    assert [row.name for row in build(twins, {}, [ROC_AUC]).rows if row.cells[0].best] == ["one", "two"]


def test_a_code_made_with_the_class_at_hand_is_never_the_best() -> None:
    told = result("told", 0.01, 0.9, 0.5, conditional=True, representation={"knn_accuracy": 1.0})
    honest = result("honest", 0.01, 0.9, 0.5, conditional=False, representation={"knn_accuracy": 0.8})
    assert [row.name for row in build([told, honest], {}, [KNN]).rows if row.cells[0].best] == ["honest"]


def test_what_restores_is_never_the_best_at_keeping_what_it_is_given() -> None:
    repairs = result("repairs", 0.01, 0.9, 0.5, restoration={"psnr": 20.0})
    keeps = result("keeps", 0.02, 0.8, 0.5)
    best = {
        column.title: [row.name for row in build([repairs, keeps], {}, [column]).rows if row.cells[0].best]
        for column in (MSE, ROC_AUC)
    }
    assert best == {"MSE": ["keeps"], "ROC-AUC": ["repairs"]}


def test_realism_has_no_best_because_blur_can_pass_for_real() -> None:
    (realism,) = (column for column in GENERATE if column.title == "interpolation realism")
    assert realism.better is None
    assert "blurred" in realism.hint


def test_an_untrained_figure_is_a_control_beside_its_column() -> None:
    for columns in (COMPRESS, DETECT):
        (control,) = (column for column in columns if column.title.startswith("untrained"))
        assert untrained(next(column for column in columns if column.ci)) == control
        assert (control.better, control.ci) == (None, None)


def test_classical_methods_are_ranked_in_one_cell() -> None:
    assert ranking({"median": {"psnr": 16.21}, "nl_means": {"psnr": 18.94}}) == "nl means 18.9 · median 16.2"
    baselines = {"pca": {"psnr": 18.9, "ssim": 0.1}, "median": {"psnr": 16.0, "ssim": 0.2}}
    figures = {"psnr": 19.5, "ssim": 0.7, "input_psnr": 9.0, "gain": 0.6, "baselines": baselines}
    (row,) = build([result("x", 0.1, 0.9, 0.5, restoration=figures)], {}, RESTORE).rows
    assert [cell.text for cell in row.cells] == ["19.5", "0.700", "9.0", "+0.60", "pca 18.9 · median 16.0"]
    assert row.cells[-1].number is None


def test_what_has_an_interval_shows_it() -> None:
    shown = {column.title for column in (*COMPRESS, *RESTORE, *ORGANISE, *GENERATE) if column.ci}
    assert shown == {
        *("MSE", "validation MSE", "PSNR", "SSIM", "gain", "kNN", "probe", "probe, drawn", "probe, residual"),
        *("probe@10", "probe@100", "probe@1000", "Fréchet", "Fréchet, mixture", "class accuracy"),
        *("interpolation realism", "−log p(x) ≤"),
    }
    restored = {"psnr": 19.5, "psnr_ci": [19.4, 19.6], "gain": 0.6, "gain_ci": [-0.1, 1.3]}
    (row,) = build([result("x", 0.1, 0.9, 0.5, restoration=restored)], {}, RESTORE).rows
    assert [cell.interval for cell in row.cells] == [" [19.4, 19.6]", " [-0.10, +1.30]"]


def test_the_short_table_is_markdown() -> None:
    assert markdown(RESULTS, CONTROLS).splitlines() == [
        "| variant | code | size | MSE | ROC-AUC | untrained MSE | untrained ROC-AUC |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| vae |  | 12,345 | 0.0200 [0.0190, 0.0210] | **0.900** [0.890, 0.910] | 0.2000 | 0.950 |",
        "| pca | 30 | 12,345 | **0.0100** [0.0090, 0.0110] | 0.800 [0.790, 0.810] | 0.2000 | 0.600 |",
        "| mean image |  |  | 0.0050 [0.0040, 0.0060] | 0.700 [0.690, 0.710] |  |  |",
        "| raw pixels |  |  |  |  |  |  |",
    ]
