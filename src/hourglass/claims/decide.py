"""Decide claims by metrics: the content of reports/claims.json."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from hourglass.claims import rules
from hourglass.claims.ledger import VERDICTS, Claim, Ledger, Outcome, Rule, Source, Verdict
from hourglass.claims.results import MissingMetricError, Results
from hourglass.core.metrics import Estimate


@dataclass(frozen=True)
class Figure:
    """A metric of a claim, with its interval.

    name: in the rules. of: the variant, control, experiment or kind in the sweep. decimals: that are shown.
    """

    name: str
    of: str
    metric: str
    value: float
    low: float
    high: float
    decimals: int


@dataclass(frozen=True)
class Comparison:
    """A rule as text, and what the metrics say of it.

    without_interval: its metrics that have none, and count as exact.
    """

    rule: str
    outcome: Outcome
    without_interval: list[str]


@dataclass(frozen=True)
class Decision:
    """A claim with its verdict. missing: why metrics are not there. note: how to read the metrics.

    because: why the rules come out so; None if the ledger has no reason for these outcomes.
    """

    id: str
    lecture: str
    where: str
    kind: str
    claim: str
    verdict: Verdict
    figures: list[Figure]
    comparisons: list[Comparison]
    missing: list[str]
    see: str | None
    note: str | None
    because: str | None


def decide(ledger: Ledger, results: Results) -> list[Decision]:
    """Every claim with its verdict, in the ledger's order."""
    return [_decide(claim, results) for claim in ledger.claims]


def counts(decisions: list[Decision]) -> dict[str, int]:
    """Verdict -> how many claims have it."""
    tally = Counter(decision.verdict for decision in decisions)
    return {verdict: tally[verdict] for verdict in VERDICTS}


def verdict_of(outcomes: list[Outcome]) -> Verdict:
    """What the outcomes of all rules come to. Intervals that overlap neither show a rule nor refute it."""
    if set(outcomes) == {Outcome.SHOWN}:
        return "holds"
    if Outcome.SHOWN in outcomes:
        return "holds in part"
    return "does not hold here" if Outcome.REFUTED in outcomes else "not shown"


def _decide(claim: Claim, results: Results) -> Decision:
    metrics: dict[str, Estimate] = {}
    missing = []
    for name, source in claim.metrics.items():
        try:
            metrics[name] = results.estimate(source)
        except MissingMetricError as error:
            missing.append(str(error))
    measured = bool(claim.rules) and not missing
    comparisons = [_comparison(rule, metrics) for rule in claim.rules if measured]
    outcomes = [one.outcome for one in comparisons]
    return Decision(
        id=claim.id,
        lecture=claim.lecture,
        where=claim.where,
        kind=claim.kind,
        claim=claim.claim,
        verdict=verdict_of(outcomes) if measured else "not measured",
        figures=[_figure(name, claim.metrics[name], estimate) for name, estimate in metrics.items()],
        comparisons=comparisons,
        missing=list(dict.fromkeys(missing)),
        see=claim.see,
        note=claim.note,
        because=claim.because.get(" ".join(outcomes)),
    )


def _comparison(rule: Rule, metrics: Mapping[str, Estimate]) -> Comparison:
    points = [name for name in dict.fromkeys(rule.names) if metrics[name].low == metrics[name].high]
    return Comparison(rules.text(rule), rules.decide(rule, metrics), points)


def _figure(name: str, source: Source, estimate: Estimate) -> Figure:
    return Figure(name, source.name, source.metric, estimate.value, estimate.low, estimate.high, source.decimals)
