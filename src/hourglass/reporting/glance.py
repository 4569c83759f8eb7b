"""The report in a few lines: whether the results are accepted, and which variant is best at what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hourglass.reporting import captions
from hourglass.reporting.language import say
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
    lines = [Line("acceptance", say(captions.ACCEPTANCE), _outcome(acceptance["criteria"]))]
    return lines + [Line(section.key, section.title, verdict) for section in sections for verdict in _best(section)]


def _outcome(criteria: Sequence[Mapping[str, Any]]) -> Verdict:
    failed = [say(captions.NOT_MET_ITEM, **row) for row in criteria if not row["passed"]]
    if not failed:
        return Verdict(say(captions.ALL_MET, count=len(criteria)))
    return Verdict(say(captions.NOT_MET, failed=len(failed), count=len(criteria)), failed)


def _best(section: Section) -> list[Verdict]:
    """The best variants by the headline column, and what controls reach; otherwise the first verdict, if any."""
    if not section.table or not section.headline:
        return list(section.verdicts[:1])
    title = section.headline.title
    place = [column.title for column in section.table.columns].index(title)
    best = [_item(row, title, row.cells[place]) for row in section.table.rows if row.cells[place].first]
    controls = "".join(_control(row, place) for row in section.table.rows)
    return [Verdict(say(captions.BEST, best=say(captions.BEST_AND).join(best), controls=controls))] if best else []


def _item(row: Row, title: str, cell: Cell) -> str:
    item = say(captions.BEST_ITEM, name=row.name, metric=title, value=cell.text, interval=cell.spread)
    return item if cell.best else item + say(captions.BEST_WITHIN)


def _control(row: Row, place: int) -> str:
    value = row.cells[place].text
    return say(captions.BEST_CONTROL, name=row.name, value=value) if row.control and value else ""
