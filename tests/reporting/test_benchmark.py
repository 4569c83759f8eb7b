from typing import Any

from matplotlib.figure import Figure

from hourglass.reporting.benchmark import best_rival, leaders, markdown
from hourglass.reporting.contest import contamination, contest
from hourglass.reporting.results import Common
from hourglass.reporting.sections.benchmark import alarms, benchmark, cost, dirty, duel, weakest
from hourglass.reporting.style import INK, NORMAL

CLASSES = ["shirt", "bag"]


def method(t_shirt: float, mean: float, std: float | None = None, **more: Any) -> dict[str, Any]:
    by_class = [t_shirt, 2 * mean - t_shirt]
    figures = {"t_shirt": [t_shirt, std], "mean": [mean, std], "by_class": by_class, "t_shirt_vs_shirt": t_shirt - 0.1}
    return {"ours": False, **figures, "train_seconds": 20.0, "images_per_second": 1000.0, **more}


def auc(mean: float, std: float | None = None) -> dict[str, Any]:
    return {"t_shirt": [mean + 0.01, std], "mean": [mean, std], "t_shirt_vs_shirt": mean - 0.1}


RATES = {"ours": True, "false_alarm_rates": [[0.04, 0.061], [0.03, 0.08]], "detection_rates": [[0.5, 0.8], [0.6, 0.7]]}
METHODS = {
    "sklearn.svm.default": method(0.91, 0.80),
    "sklearn.svm.documented": method(0.85, 0.88),
    "deep": method(0.92, 0.95, 0.01, **RATES),
    "pyod.knn.default": method(0.80, 0.85),
    "light": method(0.90, 0.87, 0.02, **RATES, train_seconds=2.5, images_per_second=20000.0),
}
MEASURED: dict[str, Any] = {
    "methods": METHODS,
    "champion": "deep",
    "light": "light",
    "cores": 2,
    "false_alarm_rate": 0.05,
    "contamination": {
        "0.1": {"deep": auc(0.90, 0.004), "sklearn.svm.documented": auc(0.80), "pyod.knn.default": auc(0.84)},
        "0.05": {"deep": auc(0.93), "sklearn.svm.documented": auc(0.85), "pyod.knn.default": auc(0.845)},
    },
}


def common(measured: dict[str, Any]) -> Common:
    return Common({"classes": CLASSES}, {}, {}, {}, {}, measured)


def test_of_each_rival_the_better_setting_leads_and_all_of_ours() -> None:
    assert leaders(METHODS) == ["deep", "sklearn.svm.documented", "light", "pyod.knn.default"]


def test_the_best_rival_is_another_for_another_figure_and_never_ours() -> None:
    assert [best_rival(METHODS, key) for key in ("mean", "t_shirt")] == [
        "sklearn.svm.documented",
        "sklearn.svm.default",
    ]


def test_the_short_table_is_markdown_without_a_figure_for_what_was_not_measured() -> None:
    """What ran once has no deviation; not all methods were tried with anomalies among their training images."""
    assert markdown(MEASURED).splitlines() == [
        "| method | T-shirt | ten-class mean | T-shirt vs Shirt | training, s | images/s | 5% hidden | 10% hidden |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| deep | **0.920** ± 0.010 | **0.950** ± 0.010 | **0.820** | 20.0 | 1,000 | **0.930** | **0.900** ± 0.004 |",
        "| sklearn.svm.documented | 0.850 | 0.880 | 0.750 | 20.0 | 1,000 | 0.850 | 0.800 |",
        "| light | 0.900 ± 0.020 | 0.870 ± 0.020 | 0.800 | **2.5** | **20,000** |  |  |",
        "| pyod.knn.default | 0.800 | 0.850 | 0.700 | 20.0 | 1,000 | 0.845 | 0.840 |",
    ]


def test_ours_are_held_against_the_best_rival_of_each_figure() -> None:
    assert duel(MEASURED, "light") == (
        "The light detector, light, beside the best rival of each figure: ten-class mean 0.870, 1.0 points below "
        "sklearn.svm.documented (0.880); T-shirt 0.900, 1.0 points below sklearn.svm.default (0.910); T-shirt against "
        "Shirt by itself 0.800, 1.0 points below sklearn.svm.default (0.810)."
    )
    assert "ten-class mean 0.950, 7.0 points above sklearn.svm.documented (0.880)" in duel(MEASURED, "deep")


def test_figures_of_the_champion_are_told_in_words() -> None:
    assert cost(MEASURED, "light") == (
        "The light detector, light, learns a class in 2.5 seconds and scores 20,000 images a second; "
        "sklearn.svm.documented learns a class in 20.0 seconds and scores 1,000 images a second; all on 2 cores."
    )
    assert weakest(MEASURED, CLASSES) == (
        "Hardest class to learn for deep is shirt: ROC-AUC 0.920, 1.0 points above the best rival there, "
        "sklearn.svm.default (0.910)."
    )
    assert alarms(MEASURED, "deep", CLASSES) == (
        "With thresholds for 5% false alarms, deep flags 3.0% to 8.0% of normal images, over ten classes and 2 seeds, "
        "and 50.0% to 80.0% of anomalies. Beyond 2 points of that, in percent for each seed: bag (6.1, 8.0)."
    )
    assert dirty(MEASURED, "0.1") == (
        "With 10% anomalies among the training images, deep reaches a ten-class mean of 0.900, 5.0 points below what "
        "it reaches without; the best rival then is pyod.knn.default with 0.840."
    )


def test_the_section_shows_every_method_and_tells_of_one_detector_once() -> None:
    section = benchmark([], common(MEASURED))
    assert section.table
    assert section.table.head == "method"
    assert [column.title for column in section.table.columns][-6:] == [
        f"{figure}{share} hidden" for figure in ("", "T-shirt, ", "T-shirt vs Shirt, ") for share in ("5%", "10%")
    ]
    cells = [(cell.text, cell.interval) for cell in section.table.rows[0].cells[-6:]]
    assert cells[1] == ("0.900", " ± 0.004")
    assert [text for text, _ in cells[2:]] == ["0.940", "0.910", "0.830", "0.800"]
    assert [row.name for row in section.table.rows] == [
        *("deep", "sklearn.svm.documented", "light", "pyod.knn.default", "sklearn.svm.default"),
    ]
    assert len(section.verdicts) == 9
    assert len(benchmark([], common({**MEASURED, "light": "deep"})).verdicts) == 6


def ticks(figure: Figure) -> list[tuple[str, bool]]:
    return [(label.get_text(), label.get_color() == NORMAL) for label in figure.axes[0].get_yticklabels()]


def test_settings_of_a_rival_share_a_line_and_ours_stand_out() -> None:
    figure = contest(METHODS)
    assert ticks(figure) == [("deep", True), ("sklearn.svm", False), ("light", True), ("pyod.knn", False)]
    left, right = figure.axes
    assert (left.get_title(), right.get_title()) == ("T-shirt", "ten-class mean")
    places = {}
    for line in right.lines:
        if line.get_marker() == "o":
            (x,), (y,) = (list(ends) for ends in line.get_data())  # type: ignore[arg-type]
            places[x] = (y, line.get_color(), line.get_markerfacecolor() == "white")
    assert places == {
        0.95: (0, NORMAL, False),
        0.88: (1, INK, False),
        0.80: (1, INK, True),
        0.87: (2, NORMAL, False),
        0.85: (3, INK, True),
    }
    bars = [list(line.get_xdata()) for line in right.lines if line.get_marker() != "o"]  # type: ignore[arg-type]
    assert bars == [[0.95 - 0.01, 0.95 + 0.01], [0.87 - 0.02, 0.87 + 0.02]]


def test_contamination_starts_from_none_and_grows() -> None:
    (axis,) = contamination(MEASURED).axes
    assert [list(line.get_xdata()) for line in axis.lines] == [[0, 0.05, 0.1]] * 3  # type: ignore[arg-type]
    assert list(axis.lines[0].get_ydata()) == [0.95, 0.93, 0.90]  # type: ignore[arg-type]
    assert [line.get_color() for line in axis.lines] == [NORMAL, INK, INK]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["0", "5%", "10%"]
    assert {text.get_text() for text in axis.texts} == {"deep", "sklearn.svm.documented", "pyod.knn.default"}
