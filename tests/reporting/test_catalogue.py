from collections.abc import Iterator
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message

from hourglass.core import registry
from hourglass.reporting import catalogue, idea
from hourglass.reporting.language import ENGLISH, catalogues
from hourglass.reporting.settings import LANGUAGES, Language

LANGUAGE = [code for code in LANGUAGES if code != ENGLISH]
FILES = ("report", "claims", "ideas")
REFRESH = "run `python -m hourglass.reporting.catalogue`, and translate what is empty"


@pytest.fixture(scope="module")
def extracted() -> dict[str, Catalog]:
    return catalogue.extracted()


def messages(code: Language, name: str) -> Iterator[Message]:
    return (message for message in catalogue.read(code, name) if message.id)


def texts(one: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """The forms of a plural, or the one text."""
    return [one] if isinstance(one, str) else list(one or ())


def fields(text: str) -> set[tuple[str, str | None]]:
    """Names of fields, and how they are written."""
    return {(name, spec) for _, name, spec, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("code", LANGUAGE)
@pytest.mark.parametrize("name", ["report", "claims"])
def test_files_have_every_text_and_no_other(name: str, code: Language, extracted: dict[str, Catalog]) -> None:
    found = catalogue.path(code, name).read_text(encoding="utf-8")
    assert found == catalogue.refreshed(code, name, extracted[name]), REFRESH


@pytest.mark.parametrize("code", LANGUAGE)
def test_ideas_are_translated_whole_or_not_at_all(code: Language) -> None:
    """A new variant needs no translation, but a changed docstring of a translated one does."""
    translated = {str(message.id) for message in messages(code, "ideas")}
    written = {
        module: {text for block in idea.written(module) for text in idea.messages(block) if text}
        for module in registry.names(idea.VARIANTS)
    }
    parts = [module for module, own in written.items() if own & translated and not own <= translated]
    assert not parts, REFRESH
    assert translated <= set().union(*written.values()), REFRESH


@pytest.mark.parametrize("code", LANGUAGE)
def test_every_file_of_a_language_is_known(code: Language) -> None:
    assert {file.stem for file in catalogues(code)} == set(FILES)


@pytest.mark.parametrize("code", LANGUAGE)
@pytest.mark.parametrize("name", FILES)
def test_every_text_is_translated(name: str, code: Language) -> None:
    plurals = catalogue.read(code, name).num_plurals
    for message in messages(code, name):
        said = texts(message.string)
        assert all(said), f"without a translation: {message.id}"
        assert not message.fuzzy, f"check the translation, and remove `fuzzy`: {message.id}"
        assert len(said) == (plurals if message.pluralizable else 1), f"forms of {message.id}"


@pytest.mark.parametrize("code", LANGUAGE)
@pytest.mark.parametrize("name", ["report"])
def test_translations_keep_fields_and_blanks_at_the_ends(name: str, code: Language) -> None:
    for message in messages(code, name):
        written, said = texts(message.id), texts(message.string)
        # A form for one thing may leave out its count.
        assert set().union(*map(fields, said)) == set().union(*map(fields, written)), said
        assert {(text[0] == " ", text[-1] == " ") for text in said} == {(written[0][0] == " ", written[0][-1] == " ")}
