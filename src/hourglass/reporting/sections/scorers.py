"""What each scorer detects by itself, and what a detector gains by putting several together; in words."""

from collections import Counter
from collections.abc import Sequence

from hourglass.reporting import columns
from hourglass.reporting.results import Result
from hourglass.reporting.verdicts import Trial


def favourites(results: Sequence[Result]) -> str:
    """Which scorers are the best by themselves, and on how many variants."""
    counted = Counter(_best(result, result.detect["by_scorer"]) for result in results)
    told = ", ".join(f"{name} on {count}" for name, count in counted.most_common())
    return f"Best scorer by itself, on {len(results)} variants: {told}."


def combined(results: Sequence[Result]) -> list[str]:
    """Whether detectors that put several scorers together beat the best of these by itself."""
    trials = []
    for result in results:
        if len(result.detect["scorers"]) > 1:
            part = _best(result, result.detect["scorers"])
            found = result.detect["by_scorer"][part]["roc_auc"]
            trials.append((part, Trial(result.name, result.detect["roc_auc"], found)))
    if not trials:
        return []
    lost = [
        f"{trial.name} {columns.THREE(trial.value)} against {columns.THREE(trial.control)} ({part})"
        for part, trial in trials
        if trial.lost
    ]
    told = f"{len(trials) - len(lost)} of {len(trials)} detectors that put scorers together beat the best of their own"
    return [f"{told}; not: {', '.join(lost)}." if lost else f"{told}."]


def _best(result: Result, names: Sequence[str]) -> str:
    return max(names, key=lambda name: float(result.detect["by_scorer"][name]["roc_auc"]))
