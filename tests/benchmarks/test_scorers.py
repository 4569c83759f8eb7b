import pytest

from benchmarks import scorers
from hourglass.core import params
from hourglass.core.files import read_json


@pytest.mark.parametrize("variant", ["rotated", "rotated_dense"])
@pytest.mark.usefixtures("own_params")
def test_params_state_the_selected_scorers(variant: str) -> None:
    """Networks that train on rotated images have the scorers that a plain network selects."""
    best = next(iter(read_json(scorers.OUT)))
    assert set(params.read(scorers.Params).detect.of(variant).scorers or ()) == set(best.split())
