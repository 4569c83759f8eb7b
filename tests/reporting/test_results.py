from pathlib import Path

import pytest

from hourglass.core import layout
from hourglass.core.files import write_json
from hourglass.reporting.results import benchmark, training_seconds


def test_benchmark_is_shown_for_its_own_data_and_variant_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert benchmark("fashion_mnist", ["x"]) == {}
    write_json(layout.BENCHMARK, {"champion": "x"})
    assert benchmark("fashion_mnist", ["x", "y"]) == {"champion": "x"}
    assert benchmark("fashion_mnist", ["y"]) == {}
    assert benchmark("digits", ["x"]) == {}


def test_training_time_is_of_variants_that_were_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert training_seconds("fashion_mnist") == {}
    measured = {"train@vae": 40.0, "train_normal@vae": 9.0, "train@half": 1.0, "accept": 0.1}
    stages = {name: {"seconds": seconds} for name, seconds in measured.items()}
    write_json(layout.REBUILD_BENCHMARK, {"stages": stages})
    assert training_seconds("fashion_mnist") == {"vae": (40.0, 9.0)}
    assert training_seconds("digits") == {}
