"""The report in a few lines: whether the results may stand, and who is best at what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hourglass.reporting import columns
from hourglass.reporting.sections.section import Section

# Key of a section -> title of the column that says most in its table. Other sections are told by their first verdict.
TELLING = {
    "compress": columns.MSE.title,
    "restore": "gain",
    "organise": columns.KNN.title,
    "generate": "Fréchet",
    "detect": columns.ROC_AUC.title,
}


@dataclass(frozen=True)
class Line:
    """A sentence, and the key and the title of the section that has more on it."""

    key: str
    title: str
    text: str


def glance(sections: Sequence[Section], acceptance: Mapping[str, Any]) -> list[Line]:
    """The verdict on acceptance, then for each section the best by the figure that says most, controls beside it.

    Args:
        acceptance: content of reports/acceptance.json.
    """
    criteria = acceptance["criteria"]
    failed = [f"{row['name']} ({row['variant']})" for row in criteria if not row["passed"]]
    told = f"{len(failed)} of {len(criteria)} criteria are not met: {', '.join(failed)}."
    lines = [Line("acceptance", "Acceptance", told if failed else f"All {len(criteria)} criteria are met.")]
    return lines + [Line(section.key, section.title, text) for section in sections for text in _leader(section)]


def _leader(section: Section) -> list[str]:
    """The best of a section's table, and what controls reach there; or its first verdict; nothing if it has neither."""
    if not section.table or section.key not in TELLING:
        return section.verdicts[:1]
    place = [column.title for column in section.table.columns].index(TELLING[section.key])
    cells = {row.name: row.cells[place] for row in section.table.rows}
    controls = [row.name for row in section.table.rows if row.control and cells[row.name].text]
    best = [f"{name}, {TELLING[section.key]} {cell.text}{cell.interval}" for name, cell in cells.items() if cell.best]
    beside = "".join(f"; {name} {cells[name].text}" for name in controls)
    return [f"best is {' and '.join(best)}{beside}."] if best else []
