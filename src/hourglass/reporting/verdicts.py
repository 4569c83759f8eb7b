"""Comparisons of variants with controls, and what they show in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hourglass.core.metrics import Estimate, Metrics
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
    """A variant's metric, higher is better, beside its control."""

    name: str
    own: Estimate
    control: Estimate

    @property
    def loses(self) -> bool:
        """Whether the metric is no higher than the control."""
        return self.own.value <= self.control.value

    @property
    def close(self) -> bool:
        """Whether the metric is higher than the control, but their intervals overlap."""
        return not self.loses and self.own.low <= self.control.high


def estimated(metrics: Metrics, path: str) -> Estimate:
    """The metric at `path` with its interval; without one, both ends are the metric."""
    value = metrics.number(path)
    return Estimate(value, *(metrics.interval(path) or (value, value)))


def untrained(path: str) -> str:
    """Path of the same metric of the network before training: `detect.untrained.roc_auc` for `detect.roc_auc`."""
    kind, metric = path.split(".", 1)
    return f"{kind}.untrained.{metric}"


def compare(results: Sequence[Result], path: str, control: Metrics | None = None) -> list[Comparison]:
    """The metric at `path` of each variant beside that of `control`; if that is None, of its own untrained network."""
    shared = estimated(control, path) if control else None
    return [
        Comparison(result.name, estimated(result.metrics, path), shared or estimated(result.metrics, untrained(path)))
        for result in results
    ]


def verdicts(
    comparisons: Sequence[Comparison], control: str, form: Callable[[float], str], who: str = captions.EVERY_VARIANT
) -> list[Verdict]:
    """Which variants do not beat `control`, and which beat it with overlapping intervals; or that all beat it.

    Args:
        control: what they are compared with, in words.
        form: a metric as text.
        who: the variants compared: one of the texts.
    """
    # A control that all share is in its name already.
    shared = len({comparison.control.value for comparison in comparisons}) == 1
    item = captions.VALUE if shared else captions.VALUE_AGAINST
    losers = [
        say(item, name=one.name, value=form(one.own.value), control=form(one.control.value))
        for one in comparisons
        if one.loses
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
