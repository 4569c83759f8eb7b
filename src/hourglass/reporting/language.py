"""The language of the report: its texts, from catalogues, and its numbers. English until another is spoken.

Texts are English where they are written, and these are the keys of the catalogues: locale/es/LC_MESSAGES/*.po. They
are read as they are; `python -m hourglass.reporting.catalogue` refreshes them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from numbers import Real
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol, get_group_symbol
from babel.support import Translations

from hourglass.reporting.settings import Language

ENGLISH: Language = "en"
FOLDER = Path(__file__).parent / "locale"


class Plural(NamedTuple):
    """A text with two English forms, by its field `count`; other languages have as many as they need."""

    one: str
    other: str


@dataclass(frozen=True)
class _Spoken:
    code: Language
    translations: NullTranslations
    signs: dict[int, str]


def catalogues(code: Language) -> list[Path]:
    """The files with a language's translations; none for English."""
    return sorted((FOLDER / code / "LC_MESSAGES").glob("*.po"))


@cache
def _spoken(code: Language) -> _Spoken:
    translations = Translations()
    for file in catalogues(code):
        compiled = BytesIO()
        with file.open("rb") as text:
            write_mo(compiled, read_po(text, locale=code))
        compiled.seek(0)
        translations.merge(Translations(compiled))
    locale = Locale.parse(code)
    percent = locale.percent_formats[None].suffix[0]
    signs = {".": get_decimal_symbol(locale), ",": get_group_symbol(locale), "%": percent}
    return _Spoken(code, translations, str.maketrans(signs))


_CURRENT: ContextVar[Language] = ContextVar("language", default=ENGLISH)


@contextmanager
def spoken(code: Language) -> Iterator[None]:
    """Texts and numbers are those of a language until the block ends."""
    before = _CURRENT.set(code)
    try:
        yield
    finally:
        _CURRENT.reset(before)


def start(code: Language) -> None:
    """The same for the whole life of a process, for those that draw the pictures."""
    _CURRENT.set(code)


def current() -> Language:
    """The language that is spoken."""
    return _CURRENT.get()


def say(message: str | Plural, /, **fields: Any) -> str:
    """The text in the language that is spoken, its fields filled in; English where there is no translation.

    Args:
        fields: a `Plural` needs `count`. Without any, braces stay.
    """
    if isinstance(message, Plural):
        text = form(message, fields["count"])
    else:
        text = _translations().gettext(message) if message else ""
    return _FORMATTER.vformat(text, (), fields) if fields else text


def form(message: Plural, count: int) -> str:
    """The form of a text that belongs to a count, in the language that is spoken; its fields stay."""
    return _translations().ngettext(message.one, message.other, count)


def number(value: float, spec: str) -> str:
    """A number as `format` writes it, with the signs of the language: `0,853` and `5 %` in Spanish."""
    return localised(format(value, spec))


def localised(text: str) -> str:
    """The text of a number in English, with the signs of the language."""
    return text.translate(_spoken(_CURRENT.get()).signs)


def _translations() -> NullTranslations:
    return _spoken(_CURRENT.get()).translations


class _Fields(Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        text = format(value, format_spec)
        return localised(text) if is_number else text


_FORMATTER = _Fields()
