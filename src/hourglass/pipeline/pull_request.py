"""The gate's outcome for a pull request: headline metrics beside those of main, and problems, as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from hourglass.summary import HEADLINES

Summary = Mapping[str, Mapping[str, float]]


class Pair(TypedDict):
    """A headline metric at the other revision and now; None where it does not exist."""

    old: float | None
    new: float | None


Headlines = Mapping[str, Mapping[str, Pair]]


def compare(old: Summary, new: Summary) -> Headlines:
    """Variant -> name of a headline metric -> its values; variants and metrics of either side."""
    return {
        variant: {
            name: Pair(old=old.get(variant, {}).get(name), new=new.get(variant, {}).get(name))
            for name in HEADLINES
            if name in old.get(variant, {}) or name in new.get(variant, {})
        }
        for variant in dict.fromkeys([*new, *old])
    }


def markdown(outcome: str, problems: Sequence[str], against: str | None, headlines: Headlines) -> str:
    """A heading, the problems, and a table of the headline metrics in which changed ones are bold.

    Args:
        outcome: one line on all of it. against: the revision of the old values; None: there are none.
    """
    lines = [f"## Hourglass: {outcome}", "", *(f"- {problem}" for problem in problems), ""]
    if against is None:
        return "\n".join([*lines, *_table(headlines, compared=False), ""])
    changed = {name: row for name, row in headlines.items() if any(_differs(pair) for pair in row.values())}
    if changed:
        lines += [f"Headline metrics that differ from `{against}`, bold:", "", *_table(changed, compared=True), ""]
    else:
        lines += [f"All headline metrics are those of `{against}`.", ""]
    rest = {name: row for name, row in headlines.items() if name not in changed}
    if rest:
        summary = f"<details><summary>{len(rest)} variants without a change</summary>"
        lines += [summary, "", *_table(rest, compared=True), "", "</details>", ""]
    return "\n".join(lines)


def _table(headlines: Headlines, *, compared: bool) -> Iterable[str]:
    names = [name for name in HEADLINES if any(name in row for row in headlines.values())]
    yield f"| variant | {' | '.join(names)} |"
    yield f"| --- |{' ---: |' * len(names)}"
    for variant, row in headlines.items():
        cells = (_cell(row[name], compared=compared) if name in row else "" for name in names)
        yield f"| {variant} | {' | '.join(cells)} |"


def _cell(pair: Pair, *, compared: bool) -> str:
    old, new = pair["old"], pair["new"]
    if not compared or old == new:
        return _number(new)
    if old is None or new is None:
        return f"**{_number(new)} (new)**" if old is None else f"**{_number(old)} (removed)**"
    # Enough digits to see the change.
    digits = next((digits for digits in (4, 6, 9) if _number(old, digits) != _number(new, digits)), 17)
    return f"**{_number(old, digits)} → {_number(new, digits)}**"


def _differs(pair: Pair) -> bool:
    return pair["old"] != pair["new"]


def _number(value: float | None, digits: int = 4) -> str:
    """`value` with that many significant digits; whole numbers in full."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.{digits}g}"
