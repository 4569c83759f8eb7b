from pathlib import Path

import pytest

from hourglass.core.files import write_json
from hourglass.reporting.results import BENCHMARK, benchmark, lookup, untrained


@pytest.mark.parametrize(
    ("key", "value"), [("a.b", 1), ("a", {"b": 1}), ("a.c", None), ("a.b.c", None), ("z", None), ("a.b.c.d", None)]
)
def test_lookup_gives_what_stands_at_a_path_or_nothing(key: str, value: object) -> None:
    assert lookup({"a": {"b": 1}}, key) == value


def test_untrained_figures_stand_beside_the_trained() -> None:
    assert untrained("evaluate.reconstruction.mse") == "evaluate.untrained.reconstruction.mse"


def test_a_benchmark_is_shown_only_beside_the_data_it_was_run_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert benchmark("fashion_mnist") == {}
    write_json(BENCHMARK, {"champion": "x"})
    assert benchmark("fashion_mnist") == {"champion": "x"}
    assert benchmark("digits") == {}
