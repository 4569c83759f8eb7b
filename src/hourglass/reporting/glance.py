"""The report in a few lines: whether the results are accepted, and which variant is best at what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hourglass.reporting import captions
from hourglass.reporting.section import Section
from hourglass.reporting.tables import Cell, Row
from hourglass.reporting.verdicts import Verdict


@dataclass(frozen=True)
class Line:
    """A verdict, and the key and the title of the section that has more about it."""

    key: str
    title: str
    verdict: Verdict


def glance(sections: Sequence[Section], acceptance: Mapping[str, Any]) -> list[Line]:
    """The outcome of acceptance, then for each section the best variant beside the controls.

    Args:
        acceptance: content of reports/acceptance.json.
    """
    lines = [Line("acceptance", captions.ACCEPTANCE, _outcome(acceptance["criteria"]))]
    return lines + [Line(section.key, section.title, verdict) for section in sections for verdict in _best(section)]


def _outcome(criteria: Sequence[Mapping[str, Any]]) -> Verdict:
    failed = [captions.NOT_MET_ITEM.format(**row) for row in criteria if not row["passed"]]
    if not failed:
        return Verdict(captions.ALL_MET.format(count=len(criteria)))
    return Verdict(captions.NOT_MET.format(failed=len(failed), count=len(criteria)), failed)


def _best(section: Section) -> list[Verdict]:
    """The best variants by the headline column, and what controls reach; otherwise the first verdict, if any."""
    if not section.table or not section.headline:
        return list(section.verdicts[:1])
    title = section.headline.title
    place = [column.title for column in section.table.columns].index(title)
    best = [_item(row, title, row.cells[place]) for row in section.table.rows if row.cells[place].first]
    controls = "".join(_control(row, place) for row in section.table.rows)
    return [Verdict(captions.BEST.format(best=captions.BEST_AND.join(best), controls=controls))] if best else []


def _item(row: Row, title: str, cell: Cell) -> str:
    item = captions.BEST_ITEM.format(name=row.name, metric=title, value=cell.text, interval=cell.spread)
    return item if cell.best else item + captions.BEST_WITHIN


def _control(row: Row, place: int) -> str:
    value = row.cells[place].text
    return captions.BEST_CONTROL.format(name=row.name, value=value) if row.control and value else ""
