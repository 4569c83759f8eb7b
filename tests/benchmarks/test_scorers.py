from pathlib import Path

import pytest

from benchmarks import scorers
from hourglass.core import params
from hourglass.core.files import read_json


@pytest.mark.parametrize("variant", ["rotated", "rotated_dense"])
def test_params_state_the_selected_scorers(variant: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks that train on rotated images have the scorers that a plain network selects."""
    monkeypatch.chdir(root)
    best = next(iter(read_json(scorers.OUT)))
    assert set(params.read(scorers.Params).detect.of(variant).scorers or ()) == set(best.split())
