import math
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hourglass.core import params
from hourglass.core.errors import HourglassError
from hourglass.tracking import contents

Edit = Callable[..., None]


def read(variant: str = "pca") -> contents.Contents:
    return contents.read(variant, params.read(contents.PublishSettings))


def append(file: str | Path, text: str) -> None:
    with Path(file).open("a") as stream:
        stream.write(text)


def flip_last_byte(file: str) -> None:
    data = Path(file).read_bytes()
    Path(file).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def test_parameters_metrics_and_curves_are_flat(repository: Path) -> None:
    found = read()
    training = {"batch_size": "128", "learning_rate": "0.005", "weight_decay": "0.01", "gradient_clip": "5.0"}
    assert found.parameters == {
        "seed": "1",
        "threads": "1",
        "module": "pca",
        "latent_dim": "3",
        **{f"train.{name}": value for name, value in {"epochs": "2", **training}.items()},
        **{f"train_normal.{name}": value for name, value in {"epochs": "3", **training}.items()},
        "detect.scorers": "pixel",
        "detect.networks": "1",
        "detect.threshold": "calibration",
        "detect.false_positive_rate": "0.05",
        "data.name": "digits",
        "data.normal_class": "0",
    }
    assert found.metrics == {
        "evaluate.latent_dim": 3,
        "evaluate.reconstruction.mse": 0.01,
        "evaluate.reconstruction.mse_low": 0.009,
        "evaluate.reconstruction.mse_high": 0.011,
        "detect.roc_auc": 0.8,
        "detect.threshold": 0.4,
        "detect.by_class.T-shirt-top": 0.7,
    }
    assert found.curves.keys() == {f"{a}.{b}_loss" for a in ("all", "normal") for b in ("train", "validation")}
    assert found.curves["normal.validation_loss"] == [(0, 5.0), (1, 4.5), (2, 4.0), (3, 3.5)]
    assert math.isnan(found.curves["all.train_loss"][0][1])


def test_a_text_is_no_metric(edit: Edit) -> None:
    edit("reports/metrics/evaluate/pca.json", "restoration", to={"psnr": 20.0, "best_baseline": "bicubic"})
    found = read().metrics
    assert found["evaluate.restoration.psnr"] == 20
    assert "evaluate.restoration.best_baseline" not in found


@pytest.mark.parametrize("names", [["pixel"], ["pixel", "knn"], ["pixel", "knn", "cosine_knn"]])
def test_a_list_of_texts_is_no_interval(edit: Edit, names: list[str]) -> None:
    edit("reports/metrics/detect/pca.json", "scorers", to=names)
    assert not [name for name in read().metrics if "scorers" in name]


def test_parameters_show_the_scorers_that_were_used(edit: Edit) -> None:
    edit("params.yaml", "detect", "false_positive_rate", to=0.1)
    edit("params.yaml", "detect", "variants", "vanilla", to={"networks": 2, "threshold": "cross_conformal"})
    pca, vanilla = (read(variant).parameters for variant in ("pca", "vanilla"))
    assert (pca["detect.scorers"], vanilla["detect.scorers"]) == ("pixel", "smoothed_residual, knn")
    assert (pca["detect.networks"], vanilla["detect.networks"]) == ("1", "2")
    assert vanilla["detect.threshold"] == "cross_conformal"
    assert pca["detect.false_positive_rate"] == "0.1"


@pytest.mark.parametrize(("row", "passed"), [(0, False), (2, False), (1, True)], ids=["first", "second", "other's"])
def test_one_failed_criterion_of_its_own_fails_a_variant(edit: Edit, row: int, passed: bool) -> None:
    edit("reports/acceptance.json", "criteria", row, "passed", to=False)
    assert read().passed is passed


@pytest.mark.parametrize(
    "file",
    [
        "reports/acceptance.json",
        "reports/metrics/evaluate/pca.json",
        "reports/metrics/detect/pca.json",
        "reports/history/pca/normal.csv",
        "models/pca/normal.safetensors",
        "models/pca/detector.safetensors",
    ],
)
def test_a_missing_result_is_named(repository: Path, file: str) -> None:
    (repository / file).unlink()
    with pytest.raises(HourglassError, match=file):
        read().key()


def test_key_depends_on_neither_clock_nor_place(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = read().key()
    assert read().key() == key
    assert read("vanilla").key() != key
    moved = Path(shutil.copytree(repository, repository.parent / "elsewhere"))
    for file in moved.rglob("*"):
        os.utime(file, (1, 1))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.chdir(moved)
    monkeypatch.setenv("DVC_ROOT", str(moved))
    assert read().key() == key


@pytest.mark.parametrize(
    "change",
    [
        lambda edit: edit("reports/metrics/evaluate/pca.json", "reconstruction", "mse", to=0.02),
        lambda edit: edit("reports/metrics/detect/pca.json", "threshold", to=0.5),
        lambda edit: edit("reports/acceptance.json", "criteria", 0, "passed", to=False),
        lambda edit: edit("params.yaml", "variants", "pca", "latent_dim", to=2),
        lambda _: flip_last_byte("models/pca/all.safetensors"),
        lambda _: flip_last_byte("models/pca/normal.safetensors"),
        lambda _: flip_last_byte("models/pca/detector.safetensors"),
        lambda _: flip_last_byte("reports/figures/pca/scores.png"),
        lambda _: Path("reports/figures/pca/scores.png").rename("reports/figures/pca/other.png"),
        lambda _: Path("reports/figures/pca/more.png").touch(),
        lambda _: append("reports/history/pca/all.csv", "3,train,2.0,3.0\n"),
    ],
    ids=[
        "metric",
        "threshold",
        "verdict",
        "setting",
        "all",
        "normal",
        "detector",
        "figure",
        "renamed",
        "added",
        "curve",
    ],
)
def test_key_changes_with_what_the_variant_publishes(edit: Edit, change: Callable[[Edit], object]) -> None:
    before, other = read().key(), read("vanilla").key()
    change(edit)
    assert read().key() != before
    assert read("vanilla").key() == other


@pytest.mark.parametrize(
    ("path", "value"),
    [(("seed",), 9), (("data", "name"), "mnist"), (("train", "epochs"), 9), (("train_normal", "epochs"), 9)],
)
def test_keys_change_with_shared_settings(edit: Edit, path: tuple[str, ...], value: int | str) -> None:
    before = [read(variant).key() for variant in ("pca", "vanilla")]
    edit("params.yaml", *path, to=value)
    assert not {read(variant).key() for variant in ("pca", "vanilla")} & set(before)


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("variants/pca.py", True),
        ("detection/detector.py", True),
        ("detection/scorers/knn.py", True),
        ("tracking/served.py", True),
        ("variants/vanilla.py", False),
        ("evaluation/inference.py", False),
        ("pipeline/gate.py", False),
        ("reporting/results.py", False),
    ],
)
def test_key_changes_with_the_code_that_the_model_runs(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, changes: bool
) -> None:
    monkeypatch.setattr(contents, "PACKAGE", Path(shutil.copytree(contents.PACKAGE, tmp_path / "hourglass")))
    before = read().key()
    append(tmp_path / "hourglass" / file, "\n")
    assert (read().key() != before) is changes
