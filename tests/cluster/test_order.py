"""What travels with a stage to a node, and what the remote carries."""

from pathlib import Path

import pytest

from hourglass.cluster.order import LOCK, Order, Orders
from hourglass.core.files import write_text
from hourglass.pipeline import faster_dvc

PIPELINE = """stages:
  prepare:
    cmd: prepare
    outs: [data/prepared/train, data/prepared/test, reports/data.json: {cache: false}]
  train:
    foreach: ${variants}
    do:
      cmd: train
      deps: [data/prepared/train, "src/${item.module}.py"]
      outs: ["models/${key}/all.safetensors", "reports/metrics/evaluate/${key}.json": {cache: false}]
  live:
    cmd: live
    deps: [data/prepared/test]
    outs: [reports/live]
  accept:
    cmd: accept
    deps: [reports/metrics]
    metrics: [reports/summary.json: {cache: false}]
"""
PARAMS = "variants: {a: {module: m}, b: {module: m}}"
WAITS_FOR = {
    "prepare": set[str](),
    "train@a": {"prepare"},
    "train@b": {"prepare"},
    "live": {"prepare", "train@a"},
    "accept": {"train@a", "train@b"},
}


def outs(*paths: str) -> dict[str, list[dict[str, str]]]:
    return {"outs": [{"path": path, "md5": "0"} for path in paths]}


ENTRIES = {
    "prepare": outs("data/prepared/train", "data/prepared/test", "reports/data.json"),
    "train@a": outs("models/a/all.safetensors", "reports/metrics/evaluate/a.json"),
    "train@b": outs("models/b/all.safetensors", "reports/metrics/evaluate/b.json"),
}


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_text(Path("dvc.yaml"), PIPELINE)
    write_text(Path("params.yaml"), PARAMS)
    for name in ("a", "b"):
        write_text(Path(f"reports/metrics/evaluate/{name}.json"), name)


def order(stage: str) -> Order:
    return Orders(WAITS_FOR, "[core]\n").of(stage, ENTRIES)


def known(found: Order) -> set[str]:
    return set(faster_dvc.parse(found.files[LOCK].decode())["stages"])


def test_cached_inputs_are_fetched_as_far_as_the_stage_reads_them() -> None:
    assert order("train@a").fetched == ["data/prepared/train"]


def test_live_gets_the_models_that_dvc_yaml_leaves_out() -> None:
    assert order("live").fetched == ["data/prepared/test", "models/a/all.safetensors"]


def test_inputs_without_cache_travel_with_the_stage() -> None:
    found = order("accept")
    assert found.fetched == []
    assert found.files["reports/metrics/evaluate/a.json"] == b"a"
    assert found.files["reports/metrics/evaluate/b.json"] == b"b"


def test_dvc_lock_has_the_stage_and_those_before_it() -> None:
    assert known(order("train@a")) == {"prepare", "train@a"}


def test_a_stage_whose_metrics_are_lost_is_a_new_one_to_the_node() -> None:
    Path("reports/metrics/evaluate/a.json").unlink()
    assert known(order("train@a")) == {"prepare"}


def test_outputs_without_cache_come_back() -> None:
    returned = order("train@b").returned
    assert {LOCK, "reports/metrics/evaluate/b.json", "reports/timings/train-b.json"} <= set(returned)
    assert "models/b/all.safetensors" not in returned
    assert "reports/summary.json" in order("accept").returned
