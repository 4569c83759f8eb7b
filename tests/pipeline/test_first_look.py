"""docs/digits.yaml, which the README offers for a first look."""

import shutil
from pathlib import Path

import pytest
from repository import ROOT

from hourglass.pipeline import validate
from hourglass.pipeline.acceptance import expand


def test_first_look_is_valid_and_uses_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "docs/digits.yaml", "params.yaml")
    settings = validate.settings()
    validate.models(settings)
    assert settings.data.name == "digits"
    assert {variant for _, variant, _ in expand(settings.accept, settings.variants)} == settings.variants.keys()
