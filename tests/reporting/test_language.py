import html
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from hourglass.core import params
from hourglass.core.errors import SettingsError
from hourglass.reporting import captions
from hourglass.reporting.benchmark import parse
from hourglass.reporting.documents import ENGLISH_PICTURES, PICTURES
from hourglass.reporting.found import say_found
from hourglass.reporting.language import current, number, say, spoken
from hourglass.reporting.page import TEMPLATES, write
from hourglass.reporting.pictures import localise
from hourglass.reporting.plots.benchmark import contamination
from hourglass.reporting.settings import ReportSettings
from tests.reporting.english import english_in
from tests.reporting.ledger import CLAIMS
from tests.reporting.reports import BENCHMARK, LIVE, MEASURED, VARIANTS, context


def test_texts_and_numbers_are_said_in_the_language() -> None:
    rate = partial(say, captions.RATE, name="vae", rate=0.0512)
    assert rate() == "vae 5.1%"
    with spoken("es"):
        assert say(captions.COMPRESS) == "Comprimir"
        assert rate() == "vae 5,1\N{NO-BREAK SPACE}%"
        assert number(12345.678, ",.1f") == "12.345,7"
        assert say("no such text, {name}", name="vae") == "no such text, vae"
    assert current() == "en"


@pytest.mark.parametrize(
    ("count", "english", "spanish"),
    [
        (1, "The only criterion is met.", "Se cumple el único criterio."),
        (3, "All 3 criteria are met.", "Se cumplen los 3 criterios."),
    ],
)
def test_plurals_have_the_form_of_their_count(count: int, english: str, spanish: str) -> None:
    assert say(captions.ALL_MET, count=count) == english
    with spoken("es"):
        assert say(captions.ALL_MET, count=count) == spanish


def test_braces_stay_without_fields() -> None:
    with spoken("es"):
        assert say(captions.LIVE_WORDS["point"]) == "({x}; {y})"


def test_sentences_of_earlier_stages_are_recognised() -> None:
    reason = "images have 12,288 values, more than 4,096"
    assert say_found(reason) == reason
    with spoken("es"):
        assert say_found(reason) == "las imágenes tienen 12.288 valores, más de 4.096"
        assert say_found("never seen before") == "never seen before"


@pytest.mark.parametrize(("wrong", "told"), [("ess", "; did you mean es?"), ("german", "; allowed: en, es")])
def test_unknown_languages_are_an_error(wrong: str, told: str) -> None:
    with pytest.raises(SettingsError, match=rf"report.language: no such language{re.escape(told)}"):
        params.check("report", {"language": wrong}, ReportSettings)


def text_of(page: str) -> str:
    """What people read of a page, without scripts, styles and the settings of variants, which stay as they are."""
    page = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r'src="data:[^"]*"', "", page))


@pytest.fixture(scope="module")
def spanish(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a page in Spanish, and its figures."""
    folder = tmp_path_factory.mktemp("report")
    everyone = [*VARIANTS, *(variant for variant in MEASURED if variant.name != "restores")]
    settings = {variant.name: {"module": "pca"} for variant in everyone}
    found = context(benchmark=BENCHMARK)
    with spoken("es"):
        live = replace(LIVE, parts={key: (say(title), say(intro)) for key, (title, intro) in LIVE.parts.items()})
        write(everyone, replace(found, claims=CLAIMS), settings, live, folder / "figures", folder / "index.html")
    return folder


@pytest.fixture(scope="module")
def spanish_page(spanish: Path) -> str:
    return (spanish / "index.html").read_text(encoding="utf-8")


def test_pictures_of_documents_are_drawn_in_english_too(spanish: Path) -> None:
    for name in set(PICTURES) - {"overview"}:  # its only word, original, is the same in Spanish
        own, english = (spanish / "figures" / folder / f"{name}.png" for folder in ("", ENGLISH_PICTURES))
        assert own.read_bytes() != english.read_bytes()


def test_no_english_text_is_in_a_spanish_page(spanish_page: str) -> None:
    assert '<html lang="es">' in spanish_page
    assert "Un autoencoder comprime una imagen" in spanish_page
    text = text_of(spanish_page)
    assert english_in(text) == []


def test_numbers_of_a_spanish_page_have_commas(spanish_page: str) -> None:
    tables = re.findall(r"<table.*?</table>", spanish_page, re.DOTALL)
    table = next(table for table in tables if re.search(r">\d+,\d+<", table))
    assert not re.search(r">\d+\.\d+<", table)
    assert 'data-value="0.8"' in spanish_page  # scripts sort by this


def words(figure: Figure) -> list[str]:
    canvas = FigureCanvasAgg(figure)
    localise(figure)
    canvas.draw()
    return [artist.get_text() for artist in figure.findobj(Text) if artist.get_text()]


def test_pictures_are_drawn_in_the_language() -> None:
    with spoken("es"):
        written = words(contamination(parse(BENCHMARK)))
    assert "ROC-AUC, media de diez clases" in written
    ticks = [text for text in written if re.fullmatch(r"0[.,]\d+", text)]
    assert ticks
    assert all("," in text for text in ticks)


@pytest.mark.parametrize("template", ["report.html", "live.html", "ledger.html"])
def test_templates_have_no_text_of_their_own(template: str) -> None:
    written = (TEMPLATES / template).read_text(encoding="utf-8")
    written = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", written, flags=re.DOTALL)
    written = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", "", written, flags=re.DOTALL)
    assert re.findall(r"[^\W\d_]{2,}", written) == []


@pytest.mark.parametrize("script", sorted(path.name for path in (TEMPLATES / "live").glob("*.js")))
def test_scripts_have_no_text_of_their_own(script: str) -> None:
    """Texts come from captions.LIVE_WORDS, and numbers are written by `number` and `rounded`."""
    written = (TEMPLATES / "live" / script).read_text(encoding="utf-8")
    assert not re.findall(r'(?:textContent|aria-label"?|title|placeholder)\s*[:=,]\s*["`][^"`$]*[A-Za-z]{2,}', written)
    assert not re.findall(r"textContent\s*[:=][^;]*\.toFixed", written)


def test_every_word_of_the_scripts_is_used_and_known() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in (TEMPLATES / "live").glob("*.js"))
    used = set(re.findall(r"WORDS\.(\w+)", scripts))
    by_key = {*re.findall(r'"(left|right)"', scripts), "median", "totalVariation", "visibleMean", "harmonic"}
    assert used - by_key <= set(captions.LIVE_WORDS)
    assert set(captions.LIVE_WORDS) <= used | by_key
