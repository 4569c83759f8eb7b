"""The catalogues of translations: `python -m hourglass.reporting.catalogue` writes what they lack, and drops the rest.

    report.po    texts of captions.py and plots/labels.py
    claims.po    the ledger, docs/claims.yaml
    ideas.po     docstrings of variants, the lecture pages of the report

A text that changed keeps its old translation, marked fuzzy, until somebody checks it and removes the mark.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from hourglass.claims import ledger
from hourglass.core import registry
from hourglass.core.files import write_text
from hourglass.reporting import captions, idea
from hourglass.reporting.language import ENGLISH, FOLDER, Plural
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.settings import LANGUAGES, Language

# A text, or both English forms of a plural, and the name of what holds it, for translators.
Message = tuple[str | Plural, str]
WIDTH = 120


def extracted() -> dict[str, Catalog]:
    """Name of a file -> all messages that belong into it, without translations."""
    return {
        name: _catalog(messages()) for name, messages in (("report", _report), ("claims", _claims), ("ideas", _ideas))
    }


def refreshed(code: Language, name: str, messages: Catalog) -> str:
    """The content of a language's file with all messages, and no other."""
    catalog = read(code, name) if path(code, name).exists() else Catalog(code)
    catalog.update(messages)
    target = BytesIO()
    write_po(target, catalog, width=WIDTH, omit_header=True, ignore_obsolete=True)
    # Babel's header has the time, which would change every file with every run.
    header = "".join(f'"{line}\\n"\n' for line in _header(catalog))
    return f'msgid ""\nmsgstr ""\n{header}\n{target.getvalue().decode()}'


def read(code: Language, name: str) -> Catalog:
    """The content of a language's file."""
    with path(code, name).open("rb") as file:
        return read_po(file, locale=code)


def path(code: Language, name: str) -> Path:
    """Where the file lies."""
    return FOLDER / code / "LC_MESSAGES" / f"{name}.po"


def _header(catalog: Catalog) -> Iterator[str]:
    yield f"Language: {catalog.locale}"
    yield f"Plural-Forms: {catalog.plural_forms}"
    yield "Content-Type: text/plain; charset=utf-8"


def _catalog(messages: Iterator[Message]) -> Catalog:
    catalog = Catalog()
    for message, name in messages:
        if message:
            catalog.add(tuple(message) if isinstance(message, Plural) else message, auto_comments=[name])
    return catalog


def _report() -> Iterator[Message]:
    for name, value in vars(captions).items():
        if name.isupper():
            yield from _texts(value, name)
    yield from _texts(LABELS, "LABELS")


def _texts(value: object, name: str) -> Iterator[Message]:
    """All texts of a constant, with their places in it."""
    if isinstance(value, str | Plural):
        yield value, name
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(part, f"{name}.{key}")
    elif isinstance(value, tuple):
        for number, part in enumerate(value):
            yield from _texts(part, f"{name}.{number}")
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name), f"{name}.{field.name}")


def _claims() -> Iterator[Message]:
    """Texts of the ledger; titles of lectures and of their sections are Spanish as they are."""
    for claim in ledger.read().claims:
        yield claim.claim, f"{claim.id}.claim"
        yield claim.note or "", f"{claim.id}.note"
        yield from ((reason, f"{claim.id}.because") for reason in claim.because.values())


def _ideas() -> Iterator[Message]:
    for module in registry.names(idea.VARIANTS):
        for block in idea.written(module):
            for text in idea.messages(block):
                yield text, module


if __name__ == "__main__":
    for found_name, found_messages in extracted().items():
        for language in LANGUAGES:
            if language != ENGLISH:
                write_text(path(language, found_name), refreshed(language, found_name, found_messages))
