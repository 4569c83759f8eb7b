import re
from dataclasses import astuple
from pathlib import Path

import pytest

from hourglass.reporting import captions
from hourglass.reporting.captions import Caption, Heading
from hourglass.reporting.gallery import gallery
from hourglass.reporting.language import Plural
from hourglass.reporting.page import sections, write
from tests.reporting.reports import LIVE, MEASURED, VARIANTS, context

CLOTHING = re.compile(r"cloth|garment|shirt|shoe|sleeve|strap|\blaces?\b|\bprints\b|trouser|\bdress\b", re.IGNORECASE)
LONGEST_SENTENCE = 20


def test_digits_are_not_described_as_clothes(tmp_path: Path) -> None:
    everyone = [*VARIANTS, *MEASURED[:2]]
    settings = {variant.name: {"module": "pca"} for variant in everyone}
    write(
        everyone, context("digits", classes=["0", "1"]), settings, LIVE, tmp_path / "figures", tmp_path / "index.html"
    )
    page = (tmp_path / "index.html").read_text()
    text = re.sub(r'src="data:[^"]*"|<style>.*?</style>|<script>.*?</script>', "", page, flags=re.DOTALL)
    assert not CLOTHING.findall(text)


def test_fashion_mnist_is_described_as_clothes() -> None:
    fashion = context("fashion_mnist")
    shown = [picture for section in sections(MEASURED, fashion) for picture in section.pictures]
    shown += [picture for variant in [*VARIANTS, *MEASURED] for picture in gallery(variant, fashion)]
    text = " ".join(picture.caption.text for picture in shown)
    assert all(phrase in text for phrase in astuple(captions.CLOTHES))


def texts() -> dict[str, str]:
    """Every text, by the name of its constant."""
    named: dict[str, str] = {}
    for name, value in vars(captions).items():
        if isinstance(value, str) and name.isupper():
            named[name] = value
        elif isinstance(value, Plural):
            named[name] = value.other
        elif isinstance(value, Caption):
            named |= {f"{name}.alt": value.alt, f"{name}.text": value.text}
        elif name == "LIVE_WORDS":
            named |= {f"{name}.{key}": text if isinstance(text, str) else text.other for key, text in value.items()}
        elif name == "LIVE_PARTS":
            named |= {f"{name}.{key}": text for key, (_, text) in value.items()}
        elif isinstance(value, tuple) and not isinstance(value, Heading):
            named |= {f"{name}.{number}": text for number, text in enumerate(value)}
    return named


@pytest.mark.parametrize("name", texts())
def test_sentences_are_short(name: str) -> None:
    sentences = re.split(r"(?<=[.:;?]) ", texts()[name])
    assert [sentence for sentence in sentences if len(sentence.split()) > LONGEST_SENTENCE] == []
