"""Decide claims by metrics: the content of reports/claims.json."""

from collections import Counter
from dataclasses import dataclass

from hourglass.claims import rules
from hourglass.claims.ledger import VERDICTS, Claim, Ledger, Source, Verdict
from hourglass.claims.results import MissingMetricError, Results
from hourglass.claims.rules import Outcome
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
    """A rule as text, and what the metrics say of it."""

    rule: str
    outcome: Outcome


@dataclass(frozen=True)
class Decision:
    """A claim with its verdict. missing: why metrics are not there. note: how to read the metrics, and why it is so."""

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


def decide(ledger: Ledger, results: Results) -> list[Decision]:
    """Every claim with its verdict, in the ledger's order."""
    return [_decide(claim, results) for claim in ledger.claims]


def counts(decisions: list[Decision]) -> dict[str, int]:
    """Verdict -> how many claims have it."""
    found = Counter(decision.verdict for decision in decisions)
    return {verdict: found[verdict] for verdict in VERDICTS}


def verdict_of(outcomes: list[Outcome]) -> Verdict:
    """What the outcomes of all rules come to."""
    shown = outcomes.count(Outcome.SHOWN)
    if shown == len(outcomes):
        return "holds"
    return "holds in part" if shown else "does not hold here"


def _decide(claim: Claim, results: Results) -> Decision:
    metrics: dict[str, Estimate] = {}
    missing = []
    for name, source in claim.metrics.items():
        try:
            metrics[name] = results.estimate(source)
        except MissingMetricError as error:
            missing.append(str(error))
    measured = bool(claim.rules) and not missing
    comparisons = [Comparison(rules.text(rule), rules.decide(rule, metrics)) for rule in claim.rules if measured]
    verdict = verdict_of([one.outcome for one in comparisons]) if measured else "not measured"
    return Decision(
        id=claim.id,
        lecture=claim.lecture,
        where=claim.where,
        kind=claim.kind,
        claim=claim.claim,
        verdict=verdict,
        figures=[_figure(name, claim.metrics[name], estimate) for name, estimate in metrics.items()],
        comparisons=comparisons,
        missing=list(dict.fromkeys(missing)),
        see=claim.see,
        note=" ".join(text for text in (claim.note, claim.because.get(verdict)) if text) or None,
    )


def _figure(name: str, source: Source, found: Estimate) -> Figure:
    return Figure(name, source.name, source.metric, found.value, found.low, found.high, source.decimals)
