from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from benchmarks import gather as gathering
from benchmarks.ours import CHAMPION, LIGHT, METHODS
from benchmarks.protocol import T_SHIRT, dirty, gather, judge
from benchmarks.rivals import RIVALS
from hourglass.core import params
from hourglass.core.files import read_json
from hourglass.data.arrays import Split


@pytest.fixture
def split() -> Split:
    """A hundred images of each of five classes, each image filled with the number of its class."""
    labels = np.repeat(np.arange(5), 100)
    return Split(np.broadcast_to(labels.astype(np.uint8)[:, None, None, None], (500, 1, 4, 4)).copy(), labels)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.1])
def test_so_many_normal_images_give_way_to_anomalies(split: Split, share: float) -> None:
    images = dirty(split, 2, share, np.random.default_rng(0))
    assert len(images) == 100
    assert np.count_nonzero(images[:, 0, 0, 0] != 2) == round(100 * share)


def test_anomalies_come_from_all_other_classes_and_the_data_stay_as_they_are(split: Split) -> None:
    before = split.images[:].copy()
    images = dirty(split, 2, 0.5, np.random.default_rng(0))
    assert set(images[:, 0, 0, 0].tolist()) == {0, 1, 2, 3, 4}
    assert (split.images[:] == before).all()


def test_the_same_seed_hides_the_same_anomalies(split: Split) -> None:
    first, again, other = (dirty(split, 2, 0.1, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()


def test_t_shirts_against_shirts_looks_at_no_other_class() -> None:
    labels = np.array([0, 0, 6, 6, 3, 3])
    scores = np.array([1.0, 2.0, 3.0, 1.5, -9.0, -9.0])
    found = judge(scores, labels, 0)
    assert found["t_shirt_vs_shirt"] == pytest.approx(3 / 4)
    assert found["auc"] == pytest.approx(3 / 8)
    assert "t_shirt_vs_shirt" not in judge(scores, labels, 3)


def test_figures_of_ten_classes_become_lists() -> None:
    assert gather([{"auc": 0.1, "t_shirt_vs_shirt": 0.5}, {"auc": 0.2}]) == {
        "auc": [0.1, 0.2],
        "t_shirt_vs_shirt": [0.5],
    }


def test_means_are_over_classes_and_deviations_over_seeds() -> None:
    runs = [
        {
            "auc": [0.9, 0.7],
            "t_shirt_vs_shirt": [0.6],
            "false_alarm_rates": [0.04, 0.06],
            "detection_rates": [0.5, 0.7],
        },
        {
            "auc": [0.8, 0.6],
            "t_shirt_vs_shirt": [0.8],
            "false_alarm_rates": [0.06, 0.06],
            "detection_rates": [0.5, 0.9],
        },
    ]
    entry = gathering.method(runs, {"train_seconds": 3.0, "images_per_second": 9.0}, ours=True)
    deviation = 0.1 / 2**0.5
    assert entry["t_shirt"] == pytest.approx([0.85, deviation])
    assert entry["mean"] == pytest.approx([0.75, deviation])
    assert entry["by_class"] == pytest.approx([0.85, 0.65])
    assert entry["t_shirt_vs_shirt"] == pytest.approx(0.7)
    assert entry["false_alarm_rates"] == [[0.04, 0.06], [0.06, 0.06]]
    assert entry["train_seconds"] == 3.0
    single = gathering.method(runs[:1], {}, ours=False)
    assert single["mean"] == [pytest.approx(0.8), None]
    assert "false_alarm_rates" not in single


def test_the_pipeline_measures_every_rival_and_every_method_has_a_name_of_its_own() -> None:
    lists = YAML(typ="safe").load(Path("benchmarks/dvc.yaml").read_text())["vars"][0]
    assert sorted(lists["rivals"]) == sorted(RIVALS)
    assert tuple(map(str, lists["shares"])) == gathering.SHARES
    for name in METHODS:
        assert len(gathering.runs_of(name, "0")) == len(lists["seeds"])
        assert {len(gathering.runs_of(name, share)) for share in gathering.SHARES} == {len(lists["dirty_seeds"])}
    assert not set(RIVALS) & set(METHODS)


@pytest.mark.parametrize("share", gathering.SHARES)
def test_every_method_was_also_measured_with_anomalies_hidden_in_its_training_images(share: str) -> None:
    assert read_json(Path("benchmarks/results/detection.json"))["contamination"][share].keys() == {*METHODS, *RIVALS}


@pytest.mark.parametrize(("criterion", "name"), [("best_detector", CHAMPION), ("light_detector", LIGHT)])
def test_the_bar_of_our_best_is_what_was_measured_less_two_deviations(criterion: str, name: str) -> None:
    mean, std = read_json(Path("benchmarks/results/detection.json"))["methods"][name]["t_shirt"]
    bar = params.read()["accept"][criterion]
    assert (bar["variant"], bar["metric"]) == (name, "detect.roc_auc")
    assert bar["min"] == pytest.approx(mean - 2 * std, abs=1e-4)


@pytest.mark.parametrize("name", [CHAMPION, LIGHT])
def test_the_benchmark_and_the_pipeline_measured_the_same_detectors(name: str) -> None:
    (benchmark, *_), piped = gathering.runs_of(name, "0"), read_json(Path(f"reports/metrics/detect/{name}.json"))
    assert benchmark["auc"][T_SHIRT] == pytest.approx(piped["roc_auc"], abs=1e-6)
    assert benchmark["false_alarm_rates"][T_SHIRT] == piped["false_alarm_rate"]


def test_the_committed_file_is_what_the_committed_results_come_to(monkeypatch: pytest.MonkeyPatch) -> None:
    written = {}
    monkeypatch.setattr(gathering, "write_json", lambda path, content: written.update({path: content}))
    gathering.main()
    path = Path("benchmarks/results/detection.json")
    assert written == {path: read_json(path)}
