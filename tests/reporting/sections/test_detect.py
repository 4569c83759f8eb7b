from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from hourglass.core.metrics import Metrics
from hourglass.reporting.results import ReportContext, Result
from hourglass.reporting.sections.detect import (
    best_scorers,
    calibration,
    class_by_class,
    combined_scorers,
    detect,
    hardest_class,
)
from hourglass.reporting.verdicts import Verdict
from tests.reporting.plots.variants import around, variant
from tests.reporting.reports import VARIANTS, context

# A normal test image, and validation images: two normal ones, and one of another class.
SCORES = pd.DataFrame({"split": ["test", *["validation"] * 3], "class": [0, 0, 0, 1], "score": 0.5})


def alarming(name: str, rate: float) -> Result:
    detect = {"false_alarm_rate": rate, "target_false_positive_rate": 0.05}
    return variant(name, detect=detect, scores=SCORES)


def test_rates_far_from_the_target_are_listed() -> None:
    detectors = [alarming("many", 0.08), alarming("few", 0.029), alarming("even", 0.055)]
    assert calibration(detectors, normal=[0]) == Verdict(
        "2 normal calibration images set each threshold, unless it is cross-conformal. False-positive rates more than "
        "2 points from the target of 5%:",
        ["many 8.0%", "few 2.9%"],
    )


@pytest.mark.parametrize("rate", [0.03, 0.05, 0.07])
def test_rates_near_the_target_are_summed_up(rate: float) -> None:
    text = "Every false-positive rate is within 2 points of the target of 5%."
    assert calibration([alarming("x", rate)], normal=[0]) == Verdict(text)


def test_too_few_calibration_images_are_said_instead() -> None:
    few = alarming("few", 0.3)
    counts = {"calibration_images": 12, "least_calibration_images": 19}
    few = replace(few, metrics=few.metrics.having({f"detect.{name}": count for name, count in counts.items()}))
    verdict = calibration([few, alarming("enough", 0.05)], normal=[0])
    assert verdict.items == ["few"]
    assert all(count in verdict.text for count in ("12", "19"))


def with_mean_image(**by_class: float) -> ReportContext:
    controls = {"mean_image": Metrics({"detect": {"by_class": by_class}})}
    classes = ["shirt", "bag", "boot no. 1"]
    return ReportContext("tiny", classes, [0], controls, {}, Metrics({}), Metrics({}), {}, classes)


def separating(name: str, roc_auc: float, by_class: dict[str, float]) -> Result:
    return variant(name, detect={"roc_auc": roc_auc, "by_class": by_class})


def test_hardest_class_is_that_of_the_best_detector() -> None:
    best = separating("best", 0.9, {"bag": 0.75, "boot no. 1": 0.99})
    other = separating("other", 0.8, {"bag": 0.77, "boot no. 1": 0.5})
    context = with_mean_image(**{"bag": 0.8, "boot no. 1": 0.9})
    text = (
        "The class that is hardest to separate from shirt is bag. best has the highest ROC-AUC against all other "
        "classes. There it reaches 0.750, the mean image 0.800."
    )
    assert hardest_class([best], context).text == text
    leader = " The detector with the highest ROC-AUC on bag is other (0.770); no interval was measured there."
    assert hardest_class([other, best], context).text == text + leader


def test_class_names_may_contain_a_dot() -> None:
    best = separating("best", 0.9, {"bag": 0.75, "boot no. 1": 0.5})
    context = with_mean_image(**{"bag": 0.8, "boot no. 1": 0.9})
    assert "boot no. 1" in hardest_class([best], context).text
    table = class_by_class([best], context).table
    shown = zip(table.columns, table.rows[0].cells, strict=True)
    assert {column.title: cell.text for column, cell in shown} == {"bag": "0.750", "boot no. 1": "0.500"}


def scored(name: str, roc_auc: float, parts: list[str], **by_scorer: float) -> Result:
    single: dict[str, Any] = {scorer: around("roc_auc", value, 0.01) for scorer, value in by_scorer.items()}
    return variant(name, detect={**around("roc_auc", roc_auc, 0.01), "scorers": parts, "by_scorer": single})


def test_scorers_are_counted_where_they_are_best() -> None:
    detectors = [scored("a", 0, [], pixel=0.7, knn=0.8), scored("b", 0, [], pixel=0.6, knn=0.8)]
    detectors.append(scored("c", 0, [], elbo=0.9, knn=0.8))
    items = ["knn on 2", "elbo on 1"]
    assert best_scorers(detectors) == Verdict("Best scorer on its own, counted over 3 variants:", items)


def test_combinations_are_compared_with_their_best_part_only() -> None:
    won = scored("won", 0.85, ["pixel", "knn"], pixel=0.7, knn=0.8, elbo=0.9)
    near = scored("near", 0.815, ["pixel", "knn"], pixel=0.7, knn=0.8, elbo=0.9)
    lost = scored("lost", 0.8, ["pixel", "knn"], pixel=0.81, knn=0.7, elbo=0.9)
    single = scored("single", 0.7, ["pixel"], pixel=0.7, knn=0.8)
    text = (
        "Combined detectors whose ROC-AUC is above that of each of their scorers, beyond the 95% intervals: 1 of {}. "
        "Above, but not beyond them: {}."
    )
    assert combined_scorers([won, near, lost, single]) == [
        Verdict(f"{text.format(3, 1)} Not above:", ["lost 0.800 against 0.810 (pixel)"])
    ]
    assert combined_scorers([won]) == [Verdict(text.format(1, 0), [])]
    assert combined_scorers([single]) == []


def test_table_has_the_target_and_the_mean_image() -> None:
    table = detect(VARIANTS, context()).table
    assert table
    titles = [column.title for column in table.columns]
    assert table.columns[titles.index("false alarms")].hint.endswith("; the target is 0.05")
    shown = {row.name: row.cells[titles.index("localisation")].text for row in table.rows}
    assert (shown["plain"], shown["mean image"]) == ("0.800", "0.500")
