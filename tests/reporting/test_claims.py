from hourglass.claims.ledger import VERDICTS, Outcome
from hourglass.reporting import captions, claims
from tests.reporting.ledger import CLAIMS


def test_table_has_lecture_claim_verdict_and_metrics() -> None:
    first, *_, last = claims.table(CLAIMS).splitlines()[2:]
    assert first == "| Lecture one | Depth pays. | holds in part | `deep` 0.910 [0.900, 0.920] · `size` 1,234 |"
    assert last == "| Lecture two | Width pays. | not measured |  |"


def test_tour_follows_the_sections_of_its_lecture() -> None:
    tours = claims.tours(CLAIMS)
    assert tours["one"].splitlines() == [
        "### Start",
        "",
        "- (exercise) Depth pays. **holds in part**\\",
        "  `deep` 0.910 [0.900, 0.920] · `size` 1,234\\",
        "  Accuracies. Not always.",
        "- (exercise) More depth pays more. **holds in part**\\",
        "  `deep` 0.910 [0.900, 0.920] · `size` 1,234\\",
        "  Accuracies. Not always.",
    ]
    assert tours["two"].endswith(
        "- Width pays. **not measured**\\\n  Not measured here: params.yaml has no variant vae.\n"
    )


def test_rule_names_metrics_without_an_interval() -> None:
    assert claims.rules(CLAIMS["claims"][0]) == [
        "deep > 0.8: shown",
        "size < 9: not beyond the intervals (no interval: size)",
    ]


def test_without_claims_there_is_nothing_to_show() -> None:
    assert claims.table({}).count("\n") == 2
    assert claims.tours({}) == {}


def test_every_verdict_kind_and_outcome_has_a_text() -> None:
    assert list(captions.VERDICTS) == list(VERDICTS)
    assert list(captions.OUTCOMES) == [str(outcome) for outcome in Outcome]
