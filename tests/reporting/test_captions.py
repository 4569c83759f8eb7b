import re
from dataclasses import astuple
from pathlib import Path

import pytest

from hourglass.reporting import captions
from hourglass.reporting.captions import Caption
from hourglass.reporting.gallery import gallery
from hourglass.reporting.page import sections, write
from tests.reporting.reports import MEASURED, VARIANTS, common

CLOTHING = re.compile(r"cloth|garment|shirt|shoe|sleeve|strap|\blaces?\b|\bprints\b|trouser|\bdress\b", re.IGNORECASE)
LONGEST_SENTENCE = 20


def test_digits_are_not_described_as_clothes(tmp_path: Path) -> None:
    everyone = [*VARIANTS, *MEASURED[:2]]
    settings = {variant.name: {"module": "pca"} for variant in everyone}
    write(everyone, common("digits", classes=["0", "1"]), settings, tmp_path / "figures", tmp_path / "index.html")
    page = (tmp_path / "index.html").read_text()
    text = re.sub(r'src="data:[^"]*"|<style>.*?</style>|<script>.*?</script>', "", page, flags=re.DOTALL)
    assert not CLOTHING.findall(text)


def test_fashion_mnist_is_described_as_clothes() -> None:
    fashion = common("fashion_mnist")
    shown = [picture for section in sections(MEASURED, fashion) for picture in section.pictures]
    shown += [picture for variant in [*VARIANTS, *MEASURED] for picture in gallery(variant, fashion)]
    text = " ".join(picture.caption.text for picture in shown)
    assert all(phrase in text for phrase in astuple(captions.CLOTHES))


def texts() -> dict[str, str]:
    """Every text, by the name of its constant."""
    found: dict[str, str] = {}
    for name, value in vars(captions).items():
        if isinstance(value, str) and name.isupper():
            found[name] = value
        elif isinstance(value, Caption):
            found |= {f"{name}.alt": value.alt, f"{name}.text": value.text}
        elif isinstance(value, tuple):
            found |= {f"{name}.{number}": text for number, text in enumerate(value)}
    return found


@pytest.mark.parametrize("name", texts())
def test_sentences_are_short(name: str) -> None:
    sentences = re.split(r"(?<=[.:;?]) ", texts()[name])
    assert [sentence for sentence in sentences if len(sentence.split()) > LONGEST_SENTENCE] == []
