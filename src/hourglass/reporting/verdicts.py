"""Comparisons of variants with controls, and what they show in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hourglass.reporting import captions
from hourglass.reporting.language import say
from hourglass.reporting.results import Result

# How far a false-positive rate may lie from its target without mention, in percentage points.
TOLERANCE = 2.0


@dataclass(frozen=True)
class Verdict:
    """A sentence or a few, and the items that the last of them lists, if it ends in a colon."""

    text: str
    items: Sequence[str] = ()


@dataclass(frozen=True)
class Comparison:
    """A variant's metric, higher is better, beside its control; `low` is the lower end of the metric's interval."""

    name: str
    value: float
    control: float
    low: float | None = None

    @property
    def loses(self) -> bool:
        """Whether the metric is no higher than the control."""
        return self.value <= self.control

    @property
    def close(self) -> bool:
        """Whether the metric is higher than the control, but its interval reaches down to it."""
        return not self.loses and self.low is not None and self.low <= self.control


def untrained(path: str) -> str:
    """Path of the same metric of the network before training: `detect.untrained.roc_auc` for `detect.roc_auc`."""
    kind, metric = path.split(".", 1)
    return f"{kind}.untrained.{metric}"


def compare(results: Sequence[Result], path: str, control: float | None = None) -> list[Comparison]:
    """The metric at `path` of each variant beside `control`; if that is None, beside its own untrained network."""
    comparisons = []
    for result in results:
        value, interval = result.metrics.number(path), result.metrics.interval(path)
        own = result.metrics.number(untrained(path)) if control is None else control
        comparisons.append(Comparison(result.name, value, own, interval[0] if interval else None))
    return comparisons


def verdicts(
    comparisons: Sequence[Comparison], control: str, form: Callable[[float], str], who: str = captions.EVERY_VARIANT
) -> list[Verdict]:
    """Which variants do not beat `control`, and which beat it by less than their interval; or that all beat it.

    Args:
        control: what they are compared with, in words.
        form: a metric as text.
        who: the variants compared: one of the texts.
    """
    # A control that all share is in its name already.
    shared = len({comparison.control for comparison in comparisons}) == 1
    item = captions.VALUE if shared else captions.VALUE_AGAINST
    losers = [
        say(item, name=one.name, value=form(one.value), control=form(one.control)) for one in comparisons if one.loses
    ]
    close = [one.name for one in comparisons if one.close]
    texts = []
    if losers:
        texts.append(Verdict(say(captions.NOT_BETTER, control=control), losers))
    if close:
        texts.append(Verdict(say(captions.WITHIN_INTERVAL, control=control), close))
    return texts or [Verdict(say(captions.ALL_BETTER, who=say(who), control=control))]


def points(value: float, control: float) -> str:
    """How far a share lies from its control, in percentage points: `2.5 points above`."""
    form = captions.POINTS_ABOVE if value >= control else captions.POINTS_BELOW
    return say(form, points=100 * abs(value - control))


def off_target(rate: float, target: float) -> bool:
    """Whether a false-positive rate is farther than TOLERANCE from its target."""
    # Rounded, since 0.07 is farther than 0.02 from 0.05 in floating point.
    return round(100 * abs(rate - target), 6) > TOLERANCE
