from typing import Any

from hourglass.reporting.columns import KNN, MSE
from hourglass.reporting.glance import glance
from hourglass.reporting.section import Section
from hourglass.reporting.tables import Cell, Row, Table
from hourglass.reporting.verdicts import Verdict


def section(cells: dict[str, Cell], controls: dict[str, Cell] | None = None) -> Section:
    rows = [Row(name, False, [Cell("0.5", 0.5), cell]) for name, cell in cells.items()]
    rows += [Row(name, True, [Cell("", None), cell]) for name, cell in (controls or {}).items()]
    return Section("compress", "Compress", "", [], (), Table("variant", [KNN, MSE], rows), MSE)


def acceptance(**passed: bool) -> dict[str, Any]:
    criteria = [{"name": name, "variant": "vae", "passed": one} for name, one in passed.items()]
    return {"passed": all(passed.values()), "criteria": criteria}


def test_failed_criteria_come_first() -> None:
    (line,) = glance([], acceptance(good=True, fast=True))
    assert line.verdict.text == "All 2 criteria are met."
    (line,) = glance([], acceptance(good=True, fast=False, small=False))
    assert line.verdict == Verdict("2 of 3 criteria are not met:", ["fast (vae)", "small (vae)"])


def test_best_variant_stands_beside_the_controls() -> None:
    cells = {"pca": Cell("0.02", 0.02), "vae": Cell("0.01", 0.01, " [0.00, 0.02]", first=True, best=True)}
    _, line = glance([section(cells, {"mean image": Cell("0.09", 0.09)})], acceptance(good=True))
    assert (line.key, line.title) == ("compress", "Compress")
    assert line.verdict.text == "best is vae, MSE 0.01 [0.00, 0.02]; mean image 0.09."


def test_ties_are_all_named_and_controls_without_the_metric_are_not() -> None:
    cells = {name: Cell("0.01", 0.01, first=True, best=True) for name in ("pca", "vae")}
    _, line = glance([section(cells, {"pixels": Cell("", None)})], acceptance(good=True))
    assert line.verdict.text == "best is pca, MSE 0.01 and vae, MSE 0.01."


def test_a_best_within_the_others_intervals_is_said_to_be() -> None:
    cells = {"pca": Cell("0.02", 0.02), "vae": Cell("0.01", 0.01, first=True)}
    _, line = glance([section(cells)], acceptance(good=True))
    assert line.verdict.text == "best is vae, MSE 0.01 (not beyond the others' intervals and spread)."


def test_sections_without_a_headline_show_their_first_verdict() -> None:
    verdicts = [Verdict("PCA wins:", ["2 of 3"]), Verdict("Others do not.")]
    bottleneck = Section("bottleneck", "How many latent dimensions?", "", [], verdicts)
    assert glance([bottleneck], acceptance(good=True))[1].verdict == verdicts[0]


def test_sections_without_a_best_or_a_verdict_are_left_out() -> None:
    nothing = Section("bottleneck", "How many latent dimensions?", "", [])
    none_best = section({"pca": Cell("0.02", 0.02)})
    assert len(glance([nothing, none_best], acceptance(good=True))) == 1
