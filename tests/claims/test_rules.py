import pytest

from hourglass.claims.ledger import Outcome, Ratio, Rule
from hourglass.claims.rules import decide, text
from hourglass.core.metrics import Estimate

METRICS = {
    "low": Estimate(1.0, 0.9, 1.1),
    "near": Estimate(1.15, 1.05, 1.25),
    "high": Estimate(2.0, 1.9, 2.1),
    "zero": Estimate(0.0, 0.0, 0.0),
}


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        (Rule(greater=["high", "low"]), Outcome.SHOWN),
        (Rule(greater=["low", "high"]), Outcome.REFUTED),
        (Rule(less=["low", "high"]), Outcome.SHOWN),
        (Rule(less=["high", "low"]), Outcome.REFUTED),
        # Intervals overlap.
        (Rule(greater=["near", "low"]), Outcome.UNCLEAR),
        (Rule(less=["low", "near"]), Outcome.UNCLEAR),
        # A margin that the difference reaches, nearly reaches, or does not reach.
        (Rule(greater=["high", "low"], by=0.5), Outcome.SHOWN),
        (Rule(greater=["high", "low"], by=1.0), Outcome.UNCLEAR),
        (Rule(greater=["high", "low"], by=2.0), Outcome.REFUTED),
        (Rule(less=["low", "high"], by=0.5), Outcome.SHOWN),
        (Rule(less=["low", "high"], by=2.0), Outcome.REFUTED),
        # Numbers have no interval.
        (Rule(greater=["low", 0.85]), Outcome.SHOWN),
        (Rule(greater=["low", 0.95]), Outcome.UNCLEAR),
        (Rule(less=["low", 0.9]), Outcome.REFUTED),
        (Rule(near=["low", "near"], within=0.5), Outcome.SHOWN),
        (Rule(near=["low", "near"], within=0.2), Outcome.UNCLEAR),
        (Rule(near=["low", "high"], within=0.5), Outcome.REFUTED),
        (Rule(near=["high", "low"], within=0.5), Outcome.REFUTED),
        (Rule(greater=[Ratio(ratio=["high", "low"]), 1.7]), Outcome.SHOWN),
        (Rule(greater=[Ratio(ratio=["high", "low"]), 1.8]), Outcome.UNCLEAR),
        (Rule(less=[Ratio(ratio=["low", "high"]), 0.6]), Outcome.SHOWN),
        # Nothing can be said of a quotient by what may be zero.
        (Rule(greater=[Ratio(ratio=["high", "zero"]), 1.7]), Outcome.UNCLEAR),
        (Rule(near=[Ratio(ratio=["high", "zero"]), 1.7], within=0.5), Outcome.UNCLEAR),
    ],
)
def test_outcome_follows_from_both_intervals(rule: Rule, outcome: Outcome) -> None:
    assert decide(rule, METRICS) is outcome


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(greater=["a", "b"]), "a > b"),
        (Rule(greater=["a", "b"], by=0.1), "a > b + 0.1"),
        (Rule(less=["a", 0.5], by=0.1), "a < 0.5 - 0.1"),
        (Rule(near=[Ratio(ratio=["a", "b"]), 1.0], within=0.05), "a / b = 1 ± 0.05"),
    ],
)
def test_rules_read_as_formulas(rule: Rule, expected: str) -> None:
    assert text(rule) == expected
