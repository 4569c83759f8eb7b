from collections.abc import Sequence

from hourglass.reporting import captions, claims
from hourglass.reporting.results import Result
from tests.reporting.reports import context, result

TIED, PLAIN = result("tied", roc_auc=0.8), result("undercomplete", roc_auc=0.9)
DRAWN = result("cvae", generation={"conditional_accuracy": 0.87})


def rows(variants: Sequence[Result]) -> list[list[str]]:
    text = claims.table(variants, context())
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


def test_row_has_both_metrics_and_whose_they_are() -> None:
    claim, metric, *ends = rows([TIED, PLAIN])[-1]
    assert (claim, metric) == ("", "ROC-AUC")
    assert ends == ["0.800 [0.790, 0.810]", "`tied`", "0.900 [0.890, 0.910]", "`undercomplete`"]


def test_controls_are_no_names_of_variants() -> None:
    (row,) = rows([DRAWN])
    assert row[2:] == ["0.870", "`cvae`", "0.900 [0.890, 0.910]", "real images"]


def test_first_row_of_a_claim_names_it() -> None:
    tied = [row[0] for row in rows([TIED, PLAIN]) if "`tied`" in row]
    assert tied == [captions.CLAIM_TIED, ""]


def test_claims_on_variants_that_are_not_there_are_left_out() -> None:
    assert not [row for row in rows([PLAIN]) if "`tied`" in row]


def test_names_of_sources_may_be_names_of_variants() -> None:
    names = ("sweep", "mean image", "real images")
    assert rows([TIED, PLAIN, DRAWN, *map(result, names)]) == rows([TIED, PLAIN, DRAWN])
