from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from benchmarks import aggregate, baselines, detectors, timing
from benchmarks.baselines import BASELINES
from benchmarks.detectors import CHAMPION, LIGHT, METHODS
from benchmarks.protocol import TaskMetrics
from hourglass.core import layout, params
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, write_json
from hourglass.core.metrics import to_json
from hourglass.pipeline.schema import Params

TIMES = {"train_seconds": 3.0, "images_per_second": 9.0}


@pytest.fixture
def lists(root: Path) -> dict[str, list[Any]]:
    """Seeds, shares and baselines of the benchmark's pipeline."""
    found: dict[str, list[Any]] = YAML(typ="safe").load(root / "benchmarks/dvc.yaml")["vars"][0]
    return found


@pytest.fixture
def committed(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = read_json(root / layout.BENCHMARK)
    return found


def test_means_are_over_classes_and_deviations_over_seeds() -> None:
    runs = [
        [TaskMetrics(0.9, 0.6, 0.04, 0.5), TaskMetrics(0.7, None, 0.06, 0.7)],
        [TaskMetrics(0.8, 0.8, 0.06, 0.5), TaskMetrics(0.6, None, 0.06, 0.9)],
    ]
    entry = aggregate.method(runs, TIMES, ours=True)
    deviation = 0.1 / 2**0.5
    assert entry["t_shirt"] == pytest.approx([0.85, deviation])
    assert entry["mean"] == pytest.approx([0.75, deviation])
    assert entry["by_class"] == pytest.approx([0.85, 0.65])
    assert entry["t_shirt_vs_shirt"] == pytest.approx(0.7)
    assert entry["false_positive_rates"] == [[0.04, 0.06], [0.06, 0.06]]
    assert entry["true_positive_rates"] == [[0.5, 0.7], [0.5, 0.9]]
    assert entry["train_seconds"] == 3.0


def test_single_run_has_no_deviation_and_a_baseline_no_rates() -> None:
    entry = aggregate.method([[TaskMetrics(0.9, 0.6), TaskMetrics(0.7)]], {}, ours=False)
    assert entry["mean"] == [pytest.approx(0.8), None]
    assert "false_positive_rates" not in entry


def test_runs_of_all_seeds_and_shares_are_aggregated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    draws = np.random.default_rng(0)

    def run(clean: bool) -> dict[int, TaskMetrics]:
        numbers = draws.random((10, 3)).tolist()
        rates = [row[1:] if clean else (None, None) for row in numbers]
        return {n: TaskMetrics(numbers[n][0], 0.5 if n == 0 else None, *rates[n]) for n in range(10)}

    ours = {seed: {name: run(clean=True) for name in METHODS} for seed in (1, 2)}
    for seed, methods in ours.items():
        write_json(detectors.RESULTS / f"{seed}-0.json", to_json(methods))
    contaminated = {name: run(clean=False) for name in METHODS}
    write_json(detectors.RESULTS / "1-0.01.json", to_json(contaminated))
    baseline = run(clean=False)
    for share in ("0", "0.01", "0.1"):
        write_json(
            baselines.RESULTS / f"sklearn.pca.documented-{share}.json", to_json({"sklearn.pca.documented": baseline})
        )
    write_json(timing.OUT, {"cores": 2, "methods": dict.fromkeys((*METHODS, *BASELINES), TIMES)})
    write_json(params.PARAMS, {"detect": {"false_positive_rate": 0.1, "candidates": ["pixel"]}})

    aggregate.main()

    found = read_json(layout.BENCHMARK)
    assert (found["champion"], found["light"], found["cores"]) == (CHAMPION, LIGHT, 2)
    assert found["target_false_positive_rate"] == 0.1
    assert list(found["methods"]) == [*METHODS, "sklearn.pca.documented"]
    means = [np.mean([task.roc_auc for task in methods[LIGHT].values()]) for methods in ours.values()]
    assert found["methods"][LIGHT]["mean"] == pytest.approx([np.mean(means), np.std(means, ddof=1)])
    rates = [[task.false_positive_rate for task in methods[LIGHT].values()] for methods in ours.values()]
    assert found["methods"][LIGHT]["false_positive_rates"] == rates
    # The champion was not measured at 0.1, so there is nothing to compare baselines with.
    assert {share: list(names) for share, names in found["contamination"].items()} == {"0.01": list(found["methods"])}
    assert found["contamination"]["0.01"][LIGHT]["by_class"] == [task.roc_auc for task in contaminated[LIGHT].values()]


def test_without_runs_the_committed_file_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(layout.BENCHMARK, {"methods": "as they were"})
    write_json(timing.OUT, {"cores": 2, "methods": {}})
    with pytest.raises(HourglassError, match="has no runs; run `make benchmark`"):
        aggregate.main()
    assert read_json(layout.BENCHMARK) == {"methods": "as they were"}


def test_pipeline_runs_every_baseline_and_share(lists: dict[str, list[Any]]) -> None:
    assert sorted(lists["baselines"]) == sorted(BASELINES)
    assert tuple(map(str, lists["shares"])) == aggregate.SHARES
    assert not set(BASELINES) & set(METHODS)


def test_committed_file_has_every_method_seed_and_share(lists: dict[str, list[Any]], committed: dict[str, Any]) -> None:
    assert list(committed["methods"]) == [*METHODS, *BASELINES]
    for name in METHODS:
        for rates in ("false_positive_rates", "true_positive_rates"):
            assert [len(row) for row in committed["methods"][name][rates]] == [10] * len(lists["seeds"])
    shares = {share: set(names) for share, names in committed["contamination"].items()}
    assert shares == {share: {*METHODS, *BASELINES} for share in aggregate.SHARES}


@pytest.mark.usefixtures("own_params")
@pytest.mark.parametrize(("criterion", "name"), [("best_detector", CHAMPION), ("light_detector", LIGHT)])
def test_bar_of_our_best_is_the_mean_less_two_deviations(criterion: str, name: str, committed: dict[str, Any]) -> None:
    mean, std = committed["methods"][name]["t_shirt"]
    bar = params.read(Params).accept[criterion]
    assert (bar.variants, bar.metric) == ([name], "detect.roc_auc")
    assert bar.min == pytest.approx(mean - 2 * std, abs=1e-4)
