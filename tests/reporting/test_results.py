from pathlib import Path

import pytest

from hourglass.core import layout
from hourglass.core.files import write_json
from hourglass.reporting.results import benchmark


def test_benchmark_is_shown_for_its_own_data_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert benchmark("fashion_mnist") == {}
    write_json(layout.BENCHMARK, {"champion": "x"})
    assert benchmark("fashion_mnist") == {"champion": "x"}
    assert benchmark("digits") == {}
