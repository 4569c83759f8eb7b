from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json
from hourglass.core.metrics import Estimate, Metrics, of_variant, to_json


@dataclass(frozen=True)
class Reconstruction:
    mse: Estimate
    psnr: float
    ssim: float | None = None


@dataclass(frozen=True)
class Evaluation:
    """A result as a stage writes it."""

    parameters: int
    reconstruction: Reconstruction
    by_class: dict[str, Any] = field(default_factory=dict)
    likelihood: Reconstruction | None = None
    scorers: list[str] | None = None


MSE = Estimate(0.02, 0.01, 0.04)
RESULT = Evaluation(12, Reconstruction(MSE, 17.5), {"Bag": Estimate(0.9, 0.8, 0.95), "T-shirt/top": 0.5})
TREE = {
    "parameters": 12,
    "reconstruction": {"mse": 0.02, "mse_ci": [0.01, 0.04], "psnr": 17.5},
    "by_class": {"Bag": 0.9, "Bag_ci": [0.8, 0.95], "T-shirt/top": 0.5},
    "normal": "T-shirt/top",
    "scorers": ["pixel", "knn"],
    "passed": True,
    "restoration": {"noise": {"mse": 0.5}},
    "nothing": None,
}


# JSON


def test_an_interval_stands_beside_its_number() -> None:
    assert to_json(RESULT) == {
        "parameters": 12,
        "reconstruction": {"mse": 0.02, "mse_ci": [0.01, 0.04], "psnr": 17.5},
        "by_class": {"Bag": 0.9, "Bag_ci": [0.8, 0.95], "T-shirt/top": 0.5},
    }


def test_fields_without_a_value_are_left_out() -> None:
    assert "likelihood" not in to_json(RESULT)
    assert "ssim" not in to_json(RESULT)["reconstruction"]
    assert to_json({"a": None, "b": {"c": None, "d": 0}}) == {"b": {"d": 0}}


def test_fields_keep_their_order() -> None:
    content = to_json(RESULT)
    assert list(content) == ["parameters", "reconstruction", "by_class"]
    assert list(content["reconstruction"]) == ["mse", "mse_ci", "psnr"]


@pytest.mark.parametrize("content", [0, 0.0, False, "text", [1, 2], {}])
def test_json_content_stays_as_it_is(content: Any) -> None:
    assert to_json({"it": content}) == {"it": content}


def test_keys_of_a_mapping_become_text() -> None:
    assert to_json({8: MSE}) == {"8": 0.02, "8_ci": [0.01, 0.04]}


# Paths


def test_a_path_leads_to_what_stands_there() -> None:
    metrics = Metrics(TREE)
    assert metrics.get("restoration.noise") == {"mse": 0.5}
    assert metrics.get("restoration.noise.mse") == 0.5
    assert metrics.get("by_class.T-shirt/top") == 0.5
    assert metrics.get("scorers") == ["pixel", "knn"]


@pytest.mark.parametrize("path", ["nothing", "absent", "absent.mse", "parameters.mse", "scorers.0", "reconstruction."])
def test_nothing_stands_at_other_paths(path: str) -> None:
    metrics = Metrics(TREE)
    assert metrics.get(path) is None
    assert path not in metrics
    for read in (metrics.number, metrics.estimate, metrics.at):
        with pytest.raises(KeyError):
            read(path)
    assert metrics.interval(path) is None


def test_a_path_is_in_the_tree_even_if_it_is_zero() -> None:
    assert "a.b" in Metrics({"a": {"b": 0}})
    assert "a" in Metrics({"a": {}})


@pytest.mark.parametrize("path", ["normal", "scorers", "passed", "reconstruction", "reconstruction.mse_ci"])
def test_what_is_no_number_has_no_number(path: str) -> None:
    with pytest.raises(KeyError, match=path):
        Metrics(TREE).number(path)


def test_an_estimate_is_read_as_it_was_written() -> None:
    metrics = Metrics(to_json(RESULT))
    assert metrics.estimate("reconstruction.mse") == MSE
    assert metrics.estimate("by_class.Bag") == Estimate(0.9, 0.8, 0.95)
    assert metrics.number("reconstruction.mse") == 0.02
    assert metrics.interval("reconstruction.mse") == (0.01, 0.04)


def test_a_number_without_an_interval_is_no_estimate() -> None:
    metrics = Metrics(TREE)
    assert metrics.interval("reconstruction.psnr") is None
    with pytest.raises(KeyError, match=r"reconstruction\.psnr_ci"):
        metrics.estimate("reconstruction.psnr")


def test_a_subtree_is_addressed_from_its_root() -> None:
    assert Metrics(TREE).at("restoration.noise").number("mse") == 0.5
    assert Metrics(TREE).at("reconstruction").estimate("mse") == MSE
    with pytest.raises(KeyError):
        Metrics(TREE).at("parameters")


# All at once


def test_items_are_the_subtrees_one_level_down() -> None:
    items = dict(Metrics(TREE).items())
    assert list(items) == ["reconstruction", "by_class", "restoration"]
    assert items["restoration"].number("noise.mse") == 0.5


def test_numbers_name_the_ends_of_intervals() -> None:
    found = dict(Metrics({name: value for name, value in TREE.items() if name != "passed"}).numbers())
    assert found == {
        "parameters": 12.0,
        "reconstruction.mse": 0.02,
        "reconstruction.mse_low": 0.01,
        "reconstruction.mse_high": 0.04,
        "reconstruction.psnr": 17.5,
        "by_class.Bag": 0.9,
        "by_class.Bag_low": 0.8,
        "by_class.Bag_high": 0.95,
        "by_class.T-shirt/top": 0.5,
        "restoration.noise.mse": 0.5,
    }
    assert all(type(value) is float for value in found.values())


def test_values_are_the_numbers_one_level_down() -> None:
    assert Metrics(TREE).at("by_class").values() == {"Bag": 0.9, "T-shirt/top": 0.5}
    assert Metrics(TREE).at("restoration").values() == {}


def test_metrics_of_a_variant_are_those_of_both_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(layout.metrics("evaluate", "vae"), TREE)
    with pytest.raises(HourglassError, match=r"detect/vae\.json is missing"):
        of_variant("vae")
    write_json(layout.metrics("detect", "vae"), {"roc_auc": 0.75})
    found = of_variant("vae")
    assert found.number("detect.roc_auc") == 0.75
    assert found.estimate("evaluate.reconstruction.mse") == MSE
