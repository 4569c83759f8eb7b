"""Compare metrics with their intervals. A rule is data: nothing of the ledger is executed."""

import math
from collections.abc import Mapping

from hourglass.claims.ledger import Operand, Outcome, Ratio, Rule
from hourglass.core.metrics import Estimate


def decide(rule: Rule, metrics: Mapping[str, Estimate]) -> Outcome:
    """Compare the rule's operands; `metrics` has every name that the rule uses."""
    first, second = (_value(operand, metrics) for operand in rule.pair)
    low, high = first.low - second.high, first.high - second.low
    if rule.greater is not None:
        return _beyond(low, high, rule.by)
    if rule.less is not None:
        return _beyond(-high, -low, rule.by)
    within = rule.within or 0.0
    if -within < low and high < within:
        return Outcome.SHOWN
    return Outcome.REFUTED if low >= within or high <= -within else Outcome.UNCLEAR


def text(rule: Rule) -> str:
    """The rule as people read it: `network < pca`."""
    first, second = (_text(operand) for operand in rule.pair)
    if rule.near is not None:
        return f"{first} = {second} ± {rule.within:g}"
    sign, margin = (">", "+") if rule.greater is not None else ("<", "-")
    return f"{first} {sign} {second}" + (f" {margin} {rule.by:g}" if rule.by else "")


def _beyond(low: float, high: float, bound: float) -> Outcome:
    """Whether a difference from `low` to `high` is above the bound."""
    if low > bound:
        return Outcome.SHOWN
    return Outcome.REFUTED if high <= bound else Outcome.UNCLEAR


def _value(operand: Operand, metrics: Mapping[str, Estimate]) -> Estimate:
    if isinstance(operand, Ratio):
        upper, lower = (metrics[name] for name in operand.ratio)
        if lower.low <= 0 <= lower.high:  # the quotient may be any number
            return Estimate(math.nan, -math.inf, math.inf)
        ends = [a / b for a in (upper.low, upper.high) for b in (lower.low, lower.high)]
        return Estimate(upper.value / lower.value, min(ends), max(ends))
    if isinstance(operand, str):
        return metrics[operand]
    return Estimate(operand, operand, operand)


def _text(operand: Operand) -> str:
    if isinstance(operand, Ratio):
        return " / ".join(operand.ratio)
    return operand if isinstance(operand, str) else f"{operand:g}"
