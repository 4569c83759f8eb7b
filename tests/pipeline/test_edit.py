"""Values in params.yaml change; comments, quotes and everything else stay."""

from pathlib import Path

import pytest

from hourglass.pipeline.edit import edited

TEXT = """# Settings
seed: 1       # every draw
data: {name: 'digits', folder: null}
variants:
  vae:
    module: vae
    hidden: [512, 256]  # widths
    train:
      epochs: 3
"""


@pytest.fixture(autouse=True)
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(TEXT)


def test_only_the_value_changes() -> None:
    assert edited({"seed": 2}) == TEXT.replace("seed: 1 ", "seed: 2 ")


def test_lists_stay_on_one_line() -> None:
    assert "    hidden: [128, 64]" in edited({"variants.vae.hidden": [128, 64]})


def test_missing_sections_are_added() -> None:
    found = edited({"variants.vae.train.learning_rate": 0.0015, "variants.vae.train_normal.epochs": 2})
    assert "      epochs: 3\n      learning_rate: 0.0015\n" in found
    assert found.endswith("    train_normal:\n      epochs: 2\n")


def test_nothing_else_changes_in_the_real_file(root: Path) -> None:
    text = (root / "params.yaml").read_text()
    Path("params.yaml").write_text(text)
    assert edited({"seed": 1}) == text
