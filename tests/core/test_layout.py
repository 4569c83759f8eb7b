import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from hourglass.core import layout

FUNCTIONS = dict(inspect.getmembers(layout, inspect.isfunction))
CONSTANTS = {name: path for name, path in vars(layout).items() if isinstance(path, Path)}


def called(function: Callable[..., Path], suffix: str = "") -> Path:
    return function(*(f"{name}{suffix}" for name in inspect.signature(function).parameters))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_result_lies_below_one_of_three_folders(name: str) -> None:
    path = called(FUNCTIONS[name])
    assert path.parts[0] in ("data", "models", "reports")
    assert len(path.parts) > 1


@pytest.mark.parametrize("name", sorted(CONSTANTS.keys() - {"BENCHMARK", "REBUILD_BENCHMARK", "SPREAD"}))
def test_every_path_lies_below_one_of_three_folders(name: str) -> None:
    assert CONSTANTS[name].parts[0] in ("data", "models", "reports")


def test_no_two_results_share_a_path() -> None:
    paths = [called(function, suffix) for function in FUNCTIONS.values() for suffix in ("", "_2")]
    assert len({*paths, *CONSTANTS.values()}) == len(paths) + len(CONSTANTS)


def test_paths_that_others_rely_on() -> None:
    """Names that the design fixes."""
    found = (
        *(layout.model("vae", "all"), layout.model("vae", "normal"), layout.detector("vae")),
        *(layout.metrics("evaluate", "vae"), layout.metrics("detect", "vae"), layout.scores("vae")),
        *(layout.BOTTLENECK_METRICS, layout.REFERENCE_METRICS, layout.ACCEPTANCE, layout.PAGE),
    )
    assert [str(path) for path in found] == [
        *("models/vae/all.safetensors", "models/vae/normal.safetensors", "models/vae/detector.safetensors"),
        *("reports/metrics/evaluate/vae.json", "reports/metrics/detect/vae.json", "reports/scores/vae.csv"),
        *("reports/metrics/bottleneck.json", "reports/metrics/judge.json", "reports/acceptance.json"),
        "reports/index.html",
    ]


def test_a_stage_has_one_file_for_its_time_and_one_for_its_log() -> None:
    assert layout.timing("train@vae") == Path("reports/timings/train-vae.json")
    assert layout.log("benchmarks/dvc.yaml:speed") == Path("reports/logs/benchmarks-dvc.yaml:speed.log")
