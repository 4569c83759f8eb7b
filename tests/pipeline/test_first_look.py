"""docs/digits.yaml, which the README offers for a first look."""

import shutil
from pathlib import Path

import pytest
from repository import ROOT

from hourglass.core import params
from hourglass.pipeline import validate


def test_its_settings_are_right_and_say_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "docs/digits.yaml", "params.yaml")
    validate.settings()
    validate.models()
    assert params.read()["data"]["name"] == "digits"
    assert set(params.read()["variants"]) == set(params.read()["accept"]["detectors"]["variant"])
