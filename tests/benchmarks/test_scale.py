from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from benchmarks import scale
from benchmarks.speed.recipes import Params
from hourglass.core import params
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, write_json


@pytest.mark.parametrize("variants", scale.PLAN.values(), ids=str)
def test_networks_train_one_epoch_on_larger_data(
    variants: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_json(tmp_path / "params.yaml", scale.settings(variants))
    monkeypatch.chdir(tmp_path)
    settings = params.read(Params)
    assert tuple(settings.variants) == variants
    for name in variants:
        assert settings.recipe(name, "train").schedule.epochs == 1
        assert settings.recipe(name, "train_normal").schedule.epochs == 1


def test_every_stage_but_download_runs_on_larger_data(root: Path) -> None:
    pipeline = YAML(typ="safe").load(root / "dvc.yaml")["stages"]
    assert {name for name, *_ in scale.stages(scale.VARIANTS)} == set(pipeline) - {"download"}


def test_unplanned_sizes_are_refused_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "measure", lambda *_: pytest.fail("ran"))
    with pytest.raises(HourglassError, match="no such size: 5; there are 1, 10, 100"):
        scale.main([10, 5])


def test_other_sizes_stay_and_a_size_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(times: int, folder: Path) -> Iterator[tuple[str, dict[str, float]]]:
        yield "train", {"seconds": 2.0 * times, "peak_rss": 100.0}
        if times == 10:
            raise HourglassError("interrupted")

    costs = {"old": {"seconds": 1.0, "peak_rss": 100.0}}
    monkeypatch.setattr(scale, "OUT", tmp_path / "scale.json")
    monkeypatch.setattr(scale, "measure", measure)
    write_json(scale.OUT, {"by_size": {"10": costs, "100": costs}})
    with pytest.raises(HourglassError, match="interrupted"):
        scale.main([100, 1, 10])
    sizes = read_json(scale.OUT)["by_size"]
    assert list(sizes) == ["1", "10", "100"]
    assert [list(stages) for stages in sizes.values()] == [["train"], ["old"], ["train"]]


def test_growth_is_of_the_stage_that_grows_most() -> None:
    one = {"a": {"seconds": 2.0, "peak_rss": 100}, "b": {"seconds": 1.0, "peak_rss": 100}}
    ten = {"a": {"seconds": 18.0, "peak_rss": 130}, "b": {"seconds": 12.0, "peak_rss": 110}}
    hundred = {"b": {"seconds": 96.0, "peak_rss": 105}}
    assert scale.ratios({1: one, 10: ten, 100: hundred}) == {
        "memory_ratio_10x": 1.3,
        "time_ratio_10x": 1.2,
        "whole_time_ratio_10x": 1.0,
        "memory_ratio_100x": 1.05,
        "time_ratio_100x": 0.8,
        "whole_time_ratio_100x": 0.8,
    }
    assert scale.ratios({1: one, 100: hundred})["time_ratio_100x"] == 0.96
    assert scale.ratios({10: ten}) == {}
