import pytest

from hourglass.models.build import modules
from hourglass.reporting.idea import Block, blocks, idea

TEXT = """Title: a sentence
on two lines.

    z = f(x)
        x' = g(z)

Expect:
- one thing,
  explained;
- another.

- alone
"""


def test_docstring_becomes_blocks() -> None:
    assert blocks(TEXT) == [
        Block("text", ("Title: a sentence on two lines.",)),
        Block("formula", ("z = f(x)", "    x' = g(z)")),
        Block("list", ("Expect:", "one thing, explained;", "another.")),
        Block("list", ("", "alone")),
    ]


@pytest.mark.parametrize("module", modules())
def test_every_variant_has_an_idea_and_a_source(module: str) -> None:
    kinds = [block.kind for block in idea(module)]
    assert kinds[0] == "text"
    assert kinds[-1] == "text"


def test_formulas_keep_their_lines() -> None:
    formula = next(block for block in idea("vae") if block.kind == "formula")
    assert any(line.startswith("loss   = -log p(x|z)") for line in formula.lines)
