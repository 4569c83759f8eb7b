"""What a section of the report is made of."""

from dataclasses import dataclass, field

from hourglass.reporting.pictures import Picture
from hourglass.reporting.table import Table


@dataclass(frozen=True)
class Section:
    """A part of the report about one purpose or question.

    see: what it is about, in a sentence. verdicts: what the figures say, such as who does not beat what had to be
    beaten.
    """

    key: str
    title: str
    see: str
    pictures: list[Picture]
    table: Table | None = None
    verdicts: list[str] = field(default_factory=list)
