"""The lectures' claims as documents show them: one table, and a guided tour for each lecture."""

from collections.abc import Mapping, Sequence
from typing import Any

from hourglass.reporting import captions, markdown
from hourglass.reporting.found import say_found
from hourglass.reporting.language import localised, number, say

Claims = Mapping[str, Any]


def table(content: Claims) -> str:
    """All claims as a Markdown table; `content` is that of reports/claims.json, or empty."""
    rows = [
        (
            content["lectures"][one["lecture"]],
            say(one["claim"]),
            say(captions.VERDICTS[one["verdict"]]),
            measured(one),
        )
        for one in content.get("claims", [])
    ]
    return markdown.write(
        [say(title) for title in captions.LEDGER_COLUMNS], [markdown.LEFT] * len(captions.LEDGER_COLUMNS), rows
    )


def tours(content: Claims) -> dict[str, str]:
    """Key of a lecture -> its claims as Markdown, in the lecture's order, under the titles of its sections."""
    return {lecture: _tour(of_lecture(content, lecture)) for lecture in content.get("lectures", {})}


def of_lecture(content: Claims, lecture: str) -> list[Claims]:
    """The claims of one lecture."""
    return [one for one in content["claims"] if one["lecture"] == lecture]


def measured(claim: Claims) -> str:
    """The metrics of a claim as text: `code` 0.853 [0.846, 0.860] · `pixels` 0.828."""
    return " · ".join(f"`{figure['name']}` {value(figure)}" for figure in claim["figures"])


def value(figure: Claims) -> str:
    """A metric as text, with its interval if it has one."""
    text, low, high = (number(figure[part], f",.{figure['decimals']}f") for part in ("value", "low", "high"))
    return text if figure["low"] == figure["high"] else text + say(captions.INTERVAL, low=low, high=high)


def rules(claim: Claims) -> list[str]:
    """What the metrics say of each rule of a claim, as text, and which of them have no interval."""
    return [_rule(one) for one in claim["comparisons"]]


def remarks(claim: Claims) -> str:
    """What explains the verdict: why metrics are missing, how to read the others, and why it is so."""
    found = [say(text) for text in (claim["note"], claim["because"]) if text]
    if claim["missing"]:
        found.insert(0, say(captions.LEDGER_NOT_MEASURED, reasons="; ".join(map(say_found, claim["missing"]))))
    return " ".join(found)


def _rule(comparison: Claims) -> str:
    outcome = say(captions.OUTCOMES[comparison["outcome"]])
    text = say(captions.LEDGER_RULE, rule=localised(comparison["rule"]), outcome=outcome)
    points = comparison["without_interval"]
    return text + say(captions.LEDGER_WITHOUT_INTERVAL, names=", ".join(points)) if points else text


def _tour(claims: Sequence[Claims]) -> str:
    sections = dict.fromkeys(one["where"] for one in claims)
    stops = ("".join(_stop(one) for one in claims if one["where"] == where) for where in sections)
    return "\n".join(f"### {where}\n\n{text}" for where, text in zip(sections, stops, strict=True))


def _stop(claim: Claims) -> str:
    kind = say(captions.KINDS[claim["kind"]])
    lines = [f"- {f'({kind}) ' if kind else ''}{say(claim['claim'])} **{say(captions.VERDICTS[claim['verdict']])}**"]
    lines += [f"  {text}" for text in (measured(claim), remarks(claim)) if text]
    return "\\\n".join(lines) + "\n"
