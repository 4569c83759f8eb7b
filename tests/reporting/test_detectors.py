from typing import Any

import pandas as pd
import pytest

from hourglass.reporting.results import Result
from hourglass.reporting.sections.detectors import calibration, hardest
from hourglass.reporting.sections.scorers import combined, favourites


def detector(name: str, **detect: Any) -> Result:
    scores = pd.DataFrame({"split": ["test", "validation", "validation"], "class": 0, "score": 0.5})
    return Result(name, {}, {}, detect, {}, scores, pd.DataFrame(), {}, {})


def alarming(name: str, rate: float) -> Result:
    return detector(name, false_alarm_rate=rate, intended_false_alarm_rate=0.05)


def test_false_alarms_far_from_what_was_intended_are_named() -> None:
    found = [alarming("many", 0.08), alarming("few", 0.029), alarming("even", 0.055)]
    assert calibration(found) == (
        "False alarms not within 2 points of the intended 5%: many 8.0%, few 2.9%. "
        "Normal images held out to set thresholds, where it is not halves of the others: 2."
    )


@pytest.mark.parametrize("rate", [0.03, 0.05, 0.07])
def test_two_points_are_still_within(rate: float) -> None:
    assert (
        calibration([alarming("x", rate)]) == "Every detector raises false alarms within 2 points of the intended 5%."
    )


MEAN = {"by_class": {"bag": 0.8, "boot": 0.9}}
BEST = detector("best", roc_auc=0.9, by_class={"bag": 0.75, "boot": 0.99}, mean_image=MEAN)


def test_the_hardest_class_is_the_best_detector_s_and_who_tells_it_best_is_named() -> None:
    other = detector("other", roc_auc=0.8, by_class={"bag": 0.77, "boot": 0.5}, mean_image=MEAN)
    told = "Hardest to tell from shirt is bag: ROC-AUC 0.750 by best, the best detector over all classes, 0.800 by the "
    assert hardest([other, BEST], "shirt") == f"{told}mean image, at most 0.770, by other."
    assert hardest([BEST], "shirt") == f"{told}mean image."


def scored(name: str, roc_auc: float, parts: list[str], **by_scorer: float) -> Result:
    found = {scorer: {"roc_auc": value} for scorer, value in by_scorer.items()}
    return detector(name, roc_auc=roc_auc, scorers=parts, by_scorer=found)


def test_scorers_are_counted_where_they_are_the_best_by_themselves() -> None:
    found = [scored("a", 0, [], pixel=0.7, window=0.8), scored("b", 0, [], pixel=0.6, window=0.8)]
    found.append(scored("c", 0, [], elbo=0.9, window=0.8))
    assert favourites(found) == "Best scorer by itself, on 3 variants: window on 2, elbo on 1."


def test_what_is_put_together_is_held_against_its_best_part_and_not_against_other_scorers() -> None:
    won = scored("won", 0.85, ["pixel", "window"], pixel=0.7, window=0.8, kernel=0.9)
    lost = scored("lost", 0.8, ["pixel", "window"], pixel=0.81, window=0.7, kernel=0.9)
    single = scored("single", 0.7, ["pixel"], pixel=0.7, window=0.8)
    told = (
        "1 of 2 detectors that put scorers together beat the best of their own; not: lost 0.800 against 0.810 (pixel)."
    )
    assert combined([won, lost, single]) == [told]
    assert combined([won]) == ["1 of 1 detectors that put scorers together beat the best of their own."]
    assert combined([single]) == []
