"""The ledger: the lectures' claims as rows of a table that can be filtered by lecture and by verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hourglass.reporting import captions, claims
from hourglass.reporting.language import say
from hourglass.reporting.results import Result
from hourglass.reporting.section import Section


@dataclass(frozen=True)
class Figure:
    """A metric: its name in the rules, what it is of, where it stands, and its value with the interval."""

    name: str
    of: str
    hint: str
    text: str


@dataclass(frozen=True)
class Row:
    """A claim. verdict: as text. mark: the verdict as a name of a style. see: key and title of a part of this page."""

    id: str
    lecture: str
    where: str
    kind: str
    claim: str
    verdict: str
    mark: str
    figures: Sequence[Figure]
    rules: Sequence[str]
    remarks: str
    see: tuple[str, str] | None


@dataclass(frozen=True)
class Ledger:
    """rows: all claims. lectures: key -> title. counts: verdict as text -> how many claims have it."""

    rows: Sequence[Row]
    lectures: Mapping[str, str]
    counts: Mapping[str, int]


def ledger(content: Mapping[str, Any], sections: Sequence[Section], results: Sequence[Result]) -> Ledger:
    """The rows of reports/claims.json's content; none if it is empty."""
    places = {"acceptance": say(captions.ACCEPTANCE), "variants": say(captions.VARIANTS)}
    places |= {section.key: section.title for section in sections} | {result.name: result.name for result in results}
    counts = {say(captions.VERDICTS[verdict]): count for verdict, count in content.get("verdicts", {}).items()}
    return Ledger([_row(one, places) for one in content.get("claims", [])], content.get("lectures", {}), counts)


def _row(claim: Mapping[str, Any], places: Mapping[str, str]) -> Row:
    return Row(
        id=claim["id"],
        lecture=claim["lecture"],
        where=claim["where"],
        kind=say(captions.KINDS[claim["kind"]]),
        claim=say(claim["claim"]),
        verdict=say(captions.VERDICTS[claim["verdict"]]),
        mark=claim["verdict"].replace(" ", "-"),
        figures=[_figure(figure) for figure in claim["figures"]],
        rules=claims.rules(claim),
        remarks=claims.remarks(claim),
        see=(claim["see"], places[claim["see"]]) if claim["see"] in places else None,
    )


def _figure(figure: Mapping[str, Any]) -> Figure:
    return Figure(figure["name"], figure["of"], say(captions.LEDGER_METRIC, **figure), claims.value(figure))
