"""What a section of the report consists of."""

from collections.abc import Sequence
from dataclasses import dataclass

from hourglass.reporting.columns import Column
from hourglass.reporting.pictures import Picture
from hourglass.reporting.tables import Table
from hourglass.reporting.verdicts import Verdict


@dataclass(frozen=True)
class Breakdown:
    """A table below the section's own, folded until it is opened."""

    title: str
    intro: str
    table: Table


@dataclass(frozen=True)
class Section:
    """A part of the report about one purpose or question.

    key: its name in links. intro: what it is about. verdicts: what the metrics show. headline: the column of `table`
    that ranks the variants at a glance; without one the first verdict stands there.
    """

    key: str
    title: str
    intro: str
    pictures: Sequence[Picture]
    verdicts: Sequence[Verdict] = ()
    table: Table | None = None
    headline: Column | None = None
    breakdown: Breakdown | None = None
