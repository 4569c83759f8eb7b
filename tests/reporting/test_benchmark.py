from typing import Any

from hourglass.reporting.benchmark import MEAN, T_SHIRT, Score, parse
from hourglass.reporting.markdown import of_table
from hourglass.reporting.tables import of_benchmark


def method(t_shirt: float, mean: float, std: float | None = None, **more: Any) -> dict[str, Any]:
    by_class = [t_shirt, 2 * mean - t_shirt]
    scores = {"t_shirt": [t_shirt, std], "mean": [mean, std], "by_class": by_class, "t_shirt_vs_shirt": t_shirt - 0.1}
    return {"ours": False, **scores, "train_seconds": 20.0, "images_per_second": 1000.0, **more}


def scores(mean: float, std: float | None = None) -> dict[str, Any]:
    return {"t_shirt": [mean + 0.01, std], "mean": [mean, std], "t_shirt_vs_shirt": mean - 0.1}


RATES = {
    "ours": True,
    "false_positive_rates": [[0.04, 0.061], [0.03, 0.08]],
    "true_positive_rates": [[0.5, 0.8], [0.6, 0.7]],
}
METHODS = {
    "sklearn.svm.default": method(0.91, 0.80),
    "sklearn.svm.documented": method(0.85, 0.88),
    "deep": method(0.92, 0.95, 0.01, **RATES),
    "pyod.knn.default": method(0.80, 0.85),
    "light": method(0.90, 0.87, 0.02, **RATES, train_seconds=2.5, images_per_second=20000.0),
}
CONTENT: dict[str, Any] = {
    "methods": METHODS,
    "champion": "deep",
    "light": "light",
    "cores": 2,
    "target_false_positive_rate": 0.05,
    "contamination": {
        "0.1": {"deep": scores(0.90, 0.004), "sklearn.svm.documented": scores(0.80), "pyod.knn.default": scores(0.84)},
        "0.05": {"deep": scores(0.93), "sklearn.svm.documented": scores(0.85), "pyod.knn.default": scores(0.845)},
    },
}
MEASURED = parse(CONTENT)


def test_scores_of_one_run_have_no_deviation() -> None:
    deep, svm = MEASURED.methods["deep"], MEASURED.methods["sklearn.svm.default"]
    assert (deep.scores[MEAN], svm.scores[MEAN]) == (Score(0.95, 0.01), Score(0.80, None))
    assert (deep.false_positive_rates, svm.false_positive_rates) == ([[0.04, 0.061], [0.03, 0.08]], ())


def test_names_of_baselines_hold_their_settings() -> None:
    svm, deep = MEASURED.methods["sklearn.svm.default"], MEASURED.methods["deep"]
    assert (svm.family, svm.settings) == ("sklearn.svm", "default")
    assert (deep.family, deep.settings) == ("deep", "ours")


def test_leaders_are_ours_and_the_better_settings_of_baselines() -> None:
    assert MEASURED.leaders() == ["deep", "sklearn.svm.documented", "light", "pyod.knn.default"]


def test_best_baseline_depends_on_the_metric_and_is_never_ours() -> None:
    best = [MEASURED.best_baseline(lambda method, key=key: method.scores[key].value).name for key in (MEAN, T_SHIRT)]  # type: ignore[misc]
    assert best == ["sklearn.svm.documented", "sklearn.svm.default"]


def test_contamination_rises() -> None:
    assert list(MEASURED.contamination) == [0.05, 0.1]


def test_table_is_empty_where_nothing_was_measured() -> None:
    """One run has no deviation; not all methods were tried with anomalies among their training images."""
    lines = of_table(of_benchmark(MEASURED, MEASURED.leaders())).splitlines()
    assert [line.split(" | T-shirt, ")[0] for line in lines[:1]] == [
        "| method | T-shirt | ten-class mean | T-shirt vs Shirt | training, s | images/s | 5% hidden | 10% hidden"
    ]
    shown = [[cell.strip() for cell in line.strip("|").split("|")][:8] for line in lines[2:]]
    assert shown == [
        [
            "deep",
            "0.920 ± 0.010",  # not beyond the spread of `light`
            "**0.950** ± 0.010",
            "0.820",  # measured once, like what hides 5%
            "20.0",
            "1,000",
            "0.930",
            "**0.900** ± 0.0040",
        ],
        ["sklearn.svm.documented", "0.850", "0.880", "0.750", "20.0", "1,000", "0.850", "0.800"],
        ["light", "0.900 ± 0.020", "0.870 ± 0.020", "0.800", "2.5", "20,000", "", ""],
        ["pyod.knn.default", "0.800", "0.850", "0.700", "20.0", "1,000", "0.845", "0.840"],
    ]
