from typing import Any

from hourglass.reporting.columns import KNN, MSE
from hourglass.reporting.glance import glance
from hourglass.reporting.sections.section import Section
from hourglass.reporting.table import Cell, Row, Table


def section(key: str, cells: dict[str, Cell], controls: dict[str, Cell] | None = None) -> Section:
    rows = [Row(name, False, [cell, Cell("0.5", 0.5)]) for name, cell in cells.items()]
    rows += [Row(name, True, [cell, Cell("", None)]) for name, cell in (controls or {}).items()]
    return Section(key, key.title(), "", [], Table("variant", [MSE, KNN], rows))


def acceptance(**passed: bool) -> dict[str, Any]:
    criteria = [{"name": name, "variant": "vae", "passed": one} for name, one in passed.items()]
    return {"passed": all(passed.values()), "criteria": criteria}


def test_criteria_that_are_not_met_are_named_first() -> None:
    assert [line.text for line in glance([], acceptance(good=True, fast=True))] == ["All 2 criteria are met."]
    (line,) = glance([], acceptance(good=True, fast=False, small=False))
    assert line.text == "2 of 3 criteria are not met: fast (vae), small (vae)."


def test_a_section_tells_its_best_beside_its_controls() -> None:
    cells = {"pca": Cell("0.02", 0.02), "vae": Cell("0.01", 0.01, " [0.00, 0.02]", best=True)}
    _, line = glance([section("compress", cells, {"mean image": Cell("0.09", 0.09)})], acceptance(good=True))
    assert (line.key, line.title) == ("compress", "Compress")
    assert line.text == "best is vae, MSE 0.01 [0.00, 0.02]; mean image 0.09."


def test_equals_share_the_place_and_a_control_without_the_figure_is_not_named() -> None:
    cells = {name: Cell("0.01", 0.01, best=True) for name in ("pca", "vae")}
    _, line = glance([section("compress", cells, {"pixels": Cell("", None)})], acceptance(good=True))
    assert line.text == "best is pca, MSE 0.01 and vae, MSE 0.01."


def test_other_sections_are_told_by_their_first_verdict() -> None:
    told = Section("bottleneck", "How large a code?", "", [], verdicts=["PCA wins.", "Others do not."])
    assert glance([told], acceptance(good=True))[1].text == "PCA wins."


def test_without_a_best_or_a_verdict_there_is_nothing_to_tell() -> None:
    nothing = Section("bottleneck", "How large a code?", "", [])
    none_best = section("compress", {"pca": Cell("0.02", 0.02)})
    assert len(glance([nothing, none_best], acceptance(good=True))) == 1
