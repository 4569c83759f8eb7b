from pathlib import Path

import pytest

from hourglass.core import params
from hourglass.core.files import read_json
from hourglass.detectors.settings import DetectSettings


@pytest.mark.parametrize("variant", ["rotated", "rotated_dense"])
def test_what_params_state_for_networks_that_know_turned_images_is_what_was_found(variant: str) -> None:
    best = next(iter(read_json(Path("benchmarks/results/scorers.json"))))
    assert set(params.section("detect", DetectSettings).own[variant]) == set(best.split())
