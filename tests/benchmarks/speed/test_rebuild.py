import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from benchmarks.speed import jobs, overhead, rebuild
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json


def test_compute_is_training_and_evaluation_without_imports(tmp_path: Path) -> None:
    times = {"train-vae": (10.0, 2.0), "train_normal-vae": (5.0, 2.0), "detect-vae": (4.0, 1.0), "report": (30.0, 1.0)}
    for stage, (seconds, importing) in times.items():
        note = {"seconds": seconds, "import_seconds": importing}
        write_json(tmp_path / f"reports/timings/{stage}.json", note)
    assert rebuild.compute_seconds(tmp_path) == 14
    assert rebuild.own_seconds(tmp_path)["report"] == 29


def test_computing_stages_are_stages_of_the_pipeline(root: Path) -> None:
    assert set(rebuild.COMPUTING) <= set(YAML(typ="safe").load(root / "dvc.yaml")["stages"])


def test_sample_has_every_fourth_variant_and_no_others() -> None:
    names = [str(number) for number in range(9)]
    detect = {"scorers": None, "variants": {"3": {"networks": 2}, "4": {"scorers": ["pixel"]}}}
    settings = {"variants": dict.fromkeys(names), "detect": detect}
    settings["sweep"] = {"variants": dict.fromkeys("ab"), "images": 9}
    settings["experiments"] = dict.fromkeys("xy")
    settings["accept"] = {
        "one": {"variant": "4", "min": 1},
        "other": {"variant": "5"},
        "some": {"variant": ["4", "5"]},
        "every": {"variant": "all", "except": ["0", "1"]},
    }
    jobs.sample(settings)
    assert settings == {
        "variants": dict.fromkeys("048"),
        "detect": {"scorers": None, "variants": {"4": {"scorers": ["pixel"]}}},
        "sweep": {"variants": {"a": None}, "images": 9},
        "experiments": {"x": None},
        "accept": {
            "one": {"variant": ["4"], "min": 1},
            "some": {"variant": ["4"]},
            "every": {"variant": ["4", "8"]},
        },
    }


def test_overhead_is_all_but_a_stages_own_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_json(tmp_path / "reports/timings/train_normal-pca.json", {"seconds": 3.0, "import_seconds": 2.5})
    monkeypatch.setattr(overhead, "time_command", lambda folder, *command: 7.0)
    assert overhead.again(tmp_path, "train_normal@pca") == {"seconds": 7.0, "overhead": 6.5}


def test_overhead_needs_results_that_are_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hourglass.pipeline.graph.changed", lambda pipeline: {"report"})
    with pytest.raises(HourglassError, match="not up to date; run `make`"):
        overhead.main()


def test_rebuild_needs_raw_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HourglassError, match="data/raw is missing; run `dvc repro download`"), rebuild.fresh_clone():
        pass


def test_command_in_a_relative_folder_runs_that_folders_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clone/src").mkdir(parents=True)
    (tmp_path / "clone/src/only_here.py").touch()
    monkeypatch.chdir(tmp_path)
    assert rebuild.time_command(Path("clone"), sys.executable, "-c", "import only_here") > 0
