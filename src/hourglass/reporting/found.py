"""Sentences that earlier stages wrote into their results, in English: said in the language of the report."""

import re
from collections.abc import Iterator
from functools import cache

from hourglass.reporting import captions
from hourglass.reporting.language import localised, say

# As Python writes numbers.
NUMBER = re.compile(r"\d[\d.,]*%?")
FIELD = re.compile(r"\\\{(\w+)\\\}")


def say_found(text: str) -> str:
    """The sentence in the language of the report; as it is if `captions.FOUND` has no such sentence."""
    for message, pattern in _patterns():
        if match := pattern.fullmatch(text):
            return say(message, **{name: _said(value) for name, value in match.groupdict().items()})
    return text


def _said(value: str) -> str:
    return localised(value) if NUMBER.fullmatch(value) else value


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return list(_compiled())


def _compiled() -> Iterator[tuple[str, re.Pattern[str]]]:
    for message in captions.FOUND:
        yield message, re.compile(FIELD.sub(r"(?P<\1>.+?)", re.escape(message)), re.DOTALL)
