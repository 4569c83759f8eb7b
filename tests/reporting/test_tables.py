from dataclasses import replace
from typing import Any

import pytest

from hourglass.core.metrics import Metrics
from hourglass.reporting.columns import (
    COMPRESS,
    DETECT,
    GENERATE,
    KNN,
    MSE,
    ORGANISE,
    RESTORE,
    RESULTS,
    ROC_AUC,
    ranking,
    untrained_column,
    weighted,
)
from hourglass.reporting.results import Result
from hourglass.reporting.tables import Cell, Row, of_variants
from hourglass.spread import written
from tests.reporting.plots.variants import around, variant


def metrics(mse: float, roc_auc: float) -> dict[str, dict[str, Any]]:
    """Contents of the two metrics files."""
    return {
        "evaluate": {"reconstruction": around("mse", mse, 0.001)},
        "detect": around("roc_auc", roc_auc, 0.01),
    }


def result(name: str, mse: float, roc_auc: float, untrained: float, **more: Any) -> Result:
    trained, raw = metrics(mse, roc_auc), metrics(0.2, untrained)
    evaluate = {**trained["evaluate"], "parameters": 12345, **more, "untrained": raw["evaluate"]}
    return variant(name, evaluate=evaluate, detect={**trained["detect"], "untrained": raw["detect"]})


# The mean image is better than either variant at reconstruction here, and an untrained network at detection.
VARIANTS = [result("vae", 0.02, 0.9, untrained=0.95), result("pca", 0.01, 0.8, untrained=0.6, latent_dim=30)]
CONTROLS = {
    "mean image": Metrics(metrics(0.005, 0.7)),
    "raw pixels": Metrics({"evaluate": {"representation": {"knn_accuracy": 0.85}}}),
}
TABLE = of_variants(VARIANTS, CONTROLS, RESULTS)
ROWS = {row.name: row for row in TABLE.rows}


def cell(row: Row, title: str) -> Cell:
    return {column.title: cell for cell, column in zip(row.cells, TABLE.columns, strict=True)}[title]


def test_controls_follow_the_variants() -> None:
    order = [("vae", False), ("pca", False), ("mean image", True), ("raw pixels", True)]
    assert [(row.name, row.control) for row in TABLE.rows] == order


def test_cell_shows_the_metric_and_its_interval() -> None:
    assert cell(ROWS["vae"], "MSE") == Cell("0.0200", 0.02, " [0.0190, 0.0210]")
    assert cell(ROWS["vae"], "parameters") == Cell("12,345", 12345)
    assert cell(ROWS["mean image"], "ROC-AUC") == Cell("0.700", 0.7, " [0.690, 0.710]")
    assert cell(ROWS["vae"], "untrained ROC-AUC") == Cell("0.950", 0.95)


def test_missing_metric_is_an_empty_cell() -> None:
    assert cell(ROWS["vae"], "latent dims") == Cell("", None)
    assert {cell(ROWS["raw pixels"], title) for title in ("MSE", "ROC-AUC", "parameters")} == {Cell("", None)}


def test_column_that_no_variant_has_is_left_out() -> None:
    """Raw pixels have a kNN accuracy here; alone it would be a column about nothing."""
    assert "kNN" not in [column.title for column in TABLE.columns]
    assert [column.title for column in of_variants(VARIANTS, {}, GENERATE).columns] == ["latent dims"]


def test_best_variant_is_marked_and_never_a_control() -> None:
    titles = [column.title for column in TABLE.columns]
    best = {title: [row.name for row in TABLE.rows if cell(row, title).best] for title in titles}
    assert {title: names for title, names in best.items() if names} == {"MSE": ["pca"], "ROC-AUC": ["vae"]}


def test_ties_share_the_first_place() -> None:
    twins = [result(name, 0.01, 0.9, untrained=0.5) for name in ("one", "two")]
    assert [row.name for row in of_variants(twins, {}, [ROC_AUC]).rows if row.cells[0].best] == ["one", "two"]


@pytest.mark.parametrize(("gap", "std", "best"), [(0.03, 0.001, True), (0.017, 0.001, False), (0.03, 0.02, False)])
def test_the_best_is_beyond_interval_and_spread(gap: float, std: float, best: bool) -> None:
    """Intervals reach 0.01 to each side, so they overlap up to 0.02; a difference of trainings reaches 0.055."""
    pair = [result("one", 0.01, 0.9, untrained=0.5), result("two", 0.01, 0.9 - gap, untrained=0.5)]
    pair = [replace(one, metrics=one.metrics.having({"detect.roc_auc_std": std})) for one in pair]
    rows = of_variants(pair, {}, [ROC_AUC]).rows
    assert [row.cells[0].first for row in rows] == [True, False]
    assert [row.cells[0].best for row in rows] == [best, False]
    assert rows[0].cells[0].spread == f" [0.890, 0.910] ± {written(std)}"


@pytest.mark.parametrize(("usual", "best"), [(0.0002, True), (0.02, False)])
def test_the_best_is_beyond_the_spread_of_the_usual_variant(usual: float, best: bool) -> None:
    """Three trainings that agree by chance do not make a variant the best."""
    pair = [result(name, mse, 0.9, untrained=0.5) for name, mse in (("one", 0.010), ("two", 0.020))]
    beside = {"evaluate.reconstruction.mse_std": 0.0, "evaluate.reconstruction.mse_std_at_least": usual}
    pair = [replace(one, metrics=one.metrics.having(beside)) for one in pair]
    rows = of_variants(pair, {}, [MSE]).rows
    assert [row.cells[0].best for row in rows] == [best, False]
    assert rows[0].cells[0].spread.endswith(" ± 0")


def test_without_interval_and_spread_nothing_is_the_best() -> None:
    column = replace(ROC_AUC, path="detect.fpr_at_95_tpr", better="min")
    pair = [result(name, 0.01, 0.9, untrained=0.5) for name in ("one", "two")]
    rates = [replace(pair[0], metrics=pair[0].metrics.having({column.path: 0.1})), pair[1]]
    rates[1] = replace(pair[1], metrics=pair[1].metrics.having({column.path: 0.9}))
    rows = of_variants(rates, {}, [column]).rows
    assert [(row.cells[0].first, row.cells[0].best) for row in rows] == [(True, False), (False, False)]


def test_conditional_code_is_never_the_best() -> None:
    conditional = result("conditional", 0.01, 0.9, 0.5, conditional=True, representation={"knn_accuracy": 1.0})
    other = result("other", 0.01, 0.9, 0.5, conditional=False, representation={"knn_accuracy": 0.8})
    assert [row.name for row in of_variants([conditional, other], {}, [KNN]).rows if row.cells[0].best] == ["other"]


def test_restoring_variant_is_never_best_at_reconstruction() -> None:
    restores = result("restores", 0.01, 0.9, 0.5, restoration={"psnr": 20.0})
    keeps = result("keeps", 0.02, 0.8, 0.5)
    best = {
        column.title: [row.name for row in of_variants([restores, keeps], {}, [column]).rows if row.cells[0].best]
        for column in (MSE, ROC_AUC)
    }
    assert best == {"MSE": ["keeps"], "ROC-AUC": ["restores"]}


def test_realism_has_no_best_because_blur_can_pass_for_real() -> None:
    (realism,) = (column for column in GENERATE if column.title == "interpolation realism")
    assert realism.better is None
    assert "blurred" in realism.hint


def test_untrained_metric_is_a_control_beside_its_column() -> None:
    for columns in (ORGANISE, DETECT):
        (control,) = (column for column in columns if column.title.startswith("untrained"))
        assert untrained_column(next(column for column in columns if column.interval)) == control
        assert (control.better, control.interval) == (None, False)


def test_classical_methods_are_ranked_in_one_cell() -> None:
    assert ranking({"median": {"psnr": 16.21}, "nl_means": {"psnr": 18.94}}) == "nl means 18.9 · median 16.2"
    baselines = {"pca": {"psnr": 18.9, "ssim": 0.1}, "median": {"psnr": 16.0, "ssim": 0.2}}
    restoration = {"psnr": 19.5, "ssim": 0.7, "input_psnr": 9.0, "gain": 0.6, "baselines": baselines}
    (row,) = of_variants([result("x", 0.1, 0.9, 0.5, restoration=restoration)], {}, RESTORE).rows
    assert [cell.text for cell in row.cells] == ["19.5", "0.700", "9.0", "+0.60", "pca 18.9 · median 16.0"]
    assert row.cells[-1].number is None


def test_scorers_are_shown_by_weight() -> None:
    assert weighted({"knn": 0.25, "gradient": 0.004, "pixel": 0.746}) == "pixel 75% · knn 25% · gradient 0%"


def test_metrics_with_a_best_show_their_spread() -> None:
    columns = (*COMPRESS, *RESTORE, *ORGANISE, *GENERATE, *DETECT)
    assert [column.title for column in columns if column.better and not column.std] == []


def test_metrics_with_intervals_show_them() -> None:
    shown = {column.title for column in (*COMPRESS, *RESTORE, *ORGANISE, *GENERATE) if column.interval}
    assert shown == {
        *("MSE", "validation MSE", "PSNR", "SSIM", "gain", "kNN", "probe", "probe, drawn", "probe, residual"),
        *("probe@10", "probe@100", "probe@1000", "Fréchet", "Fréchet, mixture", "class accuracy"),
        *("interpolation realism", "−log p(x) ≤"),
    }
    restored = {"psnr": 19.5, "psnr_ci": [19.4, 19.6], "gain": 0.6, "gain_ci": [-0.1, 1.3]}
    (row,) = of_variants([result("x", 0.1, 0.9, 0.5, restoration=restored)], {}, RESTORE).rows
    assert [cell.spread for cell in row.cells] == [" [19.4, 19.6]", " [-0.10, +1.30]"]
