from hourglass.reporting import claims
from tests.reporting.reports import common, result

TIED, PLAIN = result("tied", roc_auc=0.8), result("undercomplete", roc_auc=0.9)


def rows(*variants: str) -> list[list[str]]:
    named = {"tied": TIED, "undercomplete": PLAIN}
    text = claims.markdown([named[name] for name in variants], common())
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


def test_row_has_both_metrics_and_whose_they_are() -> None:
    claim, metric, *ends = rows("tied", "undercomplete")[-1]
    assert (claim, metric) == ("", "ROC-AUC")
    assert ends == ["0.800 [0.790, 0.810]", "`tied`", "0.900 [0.890, 0.910]", "`undercomplete`"]


def test_first_row_of_a_claim_names_it() -> None:
    tied = [row[0] for row in rows("tied", "undercomplete") if "`tied`" in row]
    assert tied == ["Tied weights halve the parameters at little loss", ""]


def test_claims_on_variants_that_are_not_there_are_left_out() -> None:
    assert not [row for row in rows("undercomplete") if "`tied`" in row]
