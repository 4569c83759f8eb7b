from hourglass.reporting.benchmark import parse
from hourglass.reporting.sections.benchmark import (
    against_baselines,
    benchmark,
    contaminated,
    cost,
    flagged,
    weakest_class,
)
from hourglass.reporting.verdicts import Verdict
from tests.reporting.test_benchmark import CONTENT, MEASURED

CLASSES = ["shirt", "bag"]


def test_ours_are_compared_with_the_best_baseline_of_each_metric() -> None:
    assert against_baselines(MEASURED, "light") == Verdict(
        "The light detector, light, against the best baseline of each metric:",
        [
            "ten-class mean 0.870, 1.0 points below sklearn.svm.documented (0.880), within the standard deviation",
            "T-shirts against all other classes 0.900, 1.0 points below sklearn.svm.default (0.910), within the "
            "standard deviation",
            "T-shirts against shirts 0.800, 1.0 points below sklearn.svm.default (0.810), without a standard deviation",
        ],
    )
    best = against_baselines(MEASURED, "deep")
    assert best.text.startswith("The chosen detector, deep,")
    assert best.items[0] == "ten-class mean 0.950, 7.0 points above sklearn.svm.documented (0.880)"


def test_costs_stand_beside_the_best_baseline() -> None:
    assert cost(MEASURED, "light").text == (
        "The light detector, light, trains in 2.5 seconds per class and scores 20,000 images per second. The best "
        "baseline over ten classes, sklearn.svm.documented, takes 20.0 seconds and scores 1,000 images per second. "
        "Times are measured on 2 cores."
    )


def test_weakest_class_is_compared_with_the_best_baseline_there() -> None:
    assert weakest_class(MEASURED, CLASSES).text == (
        "The normal class with the lowest ROC-AUC of deep is shirt, with 0.920. That is 1.0 points above the best "
        "baseline there, sklearn.svm.default (0.910), without a standard deviation."
    )


def test_classes_off_the_target_are_listed() -> None:
    assert flagged(MEASURED, "deep", CLASSES) == Verdict(
        "Thresholds are set for a false-positive rate of 5%. Over all classes and seeds, deep flags 3.0% to 8.0% of "
        "normal images. It flags 50.0% to 80.0% of anomalies. More than 2 points from the target, in percent for each "
        "seed:",
        ["bag (6.1, 8.0)"],
    )


def test_contamination_costs_are_measured_in_points() -> None:
    assert contaminated(MEASURED, 0.1).text == (
        "With 10% anomalies among the training images, deep reaches a ten-class mean of 0.900. That is 5.0 points "
        "below its result without them. The best baseline is then pyod.knn.default, with 0.840."
    )


def test_section_shows_every_method() -> None:
    section = benchmark(MEASURED, CLASSES)
    assert section.table
    assert section.table.head == "method"
    assert [column.title for column in section.table.columns][-6:] == [
        f"{metric}{share} hidden" for metric in ("", "T-shirt, ", "T-shirt vs Shirt, ") for share in ("5%", "10%")
    ]
    cells = [(cell.text, cell.spread) for cell in section.table.rows[0].cells[-6:]]
    assert cells[1] == ("0.900", " ± 0.0040")
    assert [text for text, _ in cells[2:]] == ["0.940", "0.910", "0.830", "0.800"]
    assert [row.name for row in section.table.rows] == [
        *("deep", "sklearn.svm.documented", "light", "pyod.knn.default", "sklearn.svm.default"),
    ]


def test_one_detector_in_both_roles_is_described_once() -> None:
    assert len(benchmark(MEASURED, CLASSES).verdicts) == 9
    assert len(benchmark(parse({**CONTENT, "light": "deep"}), CLASSES).verdicts) == 6
