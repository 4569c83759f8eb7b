"""Who does not beat what had to be beaten, in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hourglass.reporting.results import Result, lookup, untrained


@dataclass(frozen=True)
class Trial:
    """A variant's figure, higher is better, beside what it has to beat; `low` is the lower end of its interval."""

    name: str
    value: float
    control: float
    low: float | None = None

    @property
    def lost(self) -> bool:
        """Whether the figure is no higher than the control's."""
        return self.value <= self.control


def against(results: Sequence[Result], key: str, control: float | None = None) -> list[Trial]:
    """Hold the figure at `key` of each variant against `control`, or against its own network before training."""
    trials = []
    for result in results:
        value, interval = (lookup(result.metrics, path) for path in (key, f"{key}_ci"))
        rival = lookup(result.metrics, untrained(key)) if control is None else control
        trials.append(Trial(result.name, value, rival, interval[0] if interval else None))
    return trials


def points(value: float, control: float) -> str:
    """How far a share lies from the control's, in points."""
    return f"{100 * abs(value - control):.1f} points {'above' if value >= control else 'below'}"


def words(
    trials: Sequence[Trial], rival: str, form: Callable[[float], str], everybody: str = "Every variant"
) -> list[str]:
    """Sentences on who does not beat `rival`, and on who beats it by less than the figure's interval.

    Args:
        everybody: who beats it if all of `trials` do.
    """
    # What all have to beat is named once, by `rival`.
    each = len({trial.control for trial in trials}) > 1
    lost = [
        f"{trial.name} {form(trial.value)}" + f" against {form(trial.control)}" * each for trial in trials if trial.lost
    ]
    close = [trial.name for trial in trials if not trial.lost and trial.low is not None and trial.low <= trial.control]
    sentences = []
    if lost:
        sentences.append(f"Not better than {rival}: {', '.join(lost)}.")
    if close:
        sentences.append(f"Better than {rival}, but within the 95% interval: {', '.join(close)}.")
    return sentences or [f"{everybody} beats {rival}."]
