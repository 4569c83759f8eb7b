"""The lectures' claims as documents show them: one table, and a guided tour for each lecture."""

from collections.abc import Mapping, Sequence
from typing import Any

from hourglass.reporting import captions, markdown

Claims = Mapping[str, Any]


def table(content: Claims) -> str:
    """All claims as a Markdown table; `content` is that of reports/claims.json, or empty."""
    rows = [
        (content["lectures"][one["lecture"]], one["claim"], captions.VERDICTS[one["verdict"]], measured(one))
        for one in content.get("claims", [])
    ]
    return markdown.write(captions.LEDGER_COLUMNS, [markdown.LEFT] * len(captions.LEDGER_COLUMNS), rows)


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
    number, *ends = (f"{figure[part]:,.{figure['decimals']}f}" for part in ("value", "low", "high"))
    return number if figure["low"] == figure["high"] else f"{number} [{', '.join(ends)}]"


def rules(claim: Claims) -> list[str]:
    """What the metrics say of each rule of a claim, as text, and which of them have no interval."""
    texts = []
    for one in claim["comparisons"]:
        points = captions.LEDGER_WITHOUT_INTERVAL.format(names=", ".join(one["without_interval"]))
        text = captions.LEDGER_RULE.format(rule=one["rule"], outcome=captions.OUTCOMES[one["outcome"]])
        texts.append(text + (points if one["without_interval"] else ""))
    return texts


def remarks(claim: Claims) -> str:
    """What explains the verdict: why metrics are missing, how to read the others, and why it is so."""
    missing = captions.LEDGER_NOT_MEASURED.format(reasons="; ".join(claim["missing"])) if claim["missing"] else ""
    return " ".join(text for text in (missing, claim["note"], claim["because"]) if text)


def _tour(claims: Sequence[Claims]) -> str:
    sections = dict.fromkeys(one["where"] for one in claims)
    stops = ("".join(_stop(one) for one in claims if one["where"] == where) for where in sections)
    return "\n".join(f"### {where}\n\n{text}" for where, text in zip(sections, stops, strict=True))


def _stop(claim: Claims) -> str:
    kind = captions.KINDS[claim["kind"]]
    lines = [f"- {f'({kind}) ' if kind else ''}{claim['claim']} **{captions.VERDICTS[claim['verdict']]}**"]
    lines += [f"  {text}" for text in (measured(claim), remarks(claim)) if text]
    return "\\\n".join(lines) + "\n"
