"""How far detectors can be relied on, in words: their threshold, and the class that is hardest to tell."""

from collections.abc import Sequence

from hourglass.reporting import columns
from hourglass.reporting.results import Result

# Of the share of false alarms, in points.
TOLERANCE = 2.0


def calibration(results: Sequence[Result]) -> str:
    """Which detectors raise clearly more or fewer false alarms on test images than their threshold is meant to."""
    intended = results[0].detect["intended_false_alarm_rate"]
    rates = [(result.name, result.detect["false_alarm_rate"]) for result in results]
    far = [f"{name} {100 * rate:.1f}%" for name, rate in rates if off(rate, intended)]
    meant = f"{TOLERANCE:g} points of the intended {100 * intended:g}%"
    if far:
        held_out = int((results[0].scores["split"] == "validation").sum())
        few = f"Normal images held out to set thresholds, where it is not halves of the others: {held_out:,}."
        return f"False alarms not within {meant}: {', '.join(far)}. {few}"
    return f"Every detector raises false alarms within {meant}."


def off(rate: float, intended: float) -> bool:
    """Whether a share of false alarms is farther from the intended one than is worth no word."""
    # Rounded, since 0.07 is farther than 0.02 from 0.05 in floating point.
    return round(100 * abs(rate - intended), 6) > TOLERANCE


def hardest(results: Sequence[Result], normal: str) -> str:
    """The class that the best detector tells least from the normal one, and who tells it best."""
    best = max(results, key=area)
    other, reached = min(best.detect["by_class"].items(), key=lambda item: float(item[1]))
    mean = results[0].detect["mean_image"]["by_class"][other]
    told = (
        f"Hardest to tell from {normal} is {other}: ROC-AUC {columns.THREE(reached)} by {best.name}, the best detector "
        f"over all classes, {columns.THREE(mean)} by the mean image"
    )
    ahead = max(results, key=lambda result: float(result.detect["by_class"][other]))
    if ahead is not best:
        told += f", at most {columns.THREE(ahead.detect['by_class'][other])}, by {ahead.name}"
    return f"{told}."


def area(result: Result) -> float:
    """Its detector's ROC-AUC."""
    return float(result.detect["roc_auc"])
