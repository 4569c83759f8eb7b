import math
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hourglass.core import layout, params, weights
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json
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


def rewrite(file: str, kind: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the settings in a file of weights."""
    tensors, settings = weights.read(Path(file), kind)
    change(settings)
    weights.write(Path(file), kind, tensors, settings)


def test_results_are_read_as_they_lie_on_disk(repository: Path) -> None:
    found = read()
    assert list(found.parameters.items()) == [
        ("module", "pca"),
        ("latent_dim", "3"),
        ("seed", "1"),
        ("epochs", "2"),
        ("batch_size", "128"),
        ("learning_rate", "0.005"),
        ("normal_epochs", "3"),
        ("scorers", "pixel 1.00"),
        ("networks", "1"),
        ("threshold_method", "calibration"),
        ("false_positive_rate", "0.05"),
        ("dataset", "digits"),
        ("normal_class", "0"),
    ]
    assert (found.module, found.dataset, found.normal_class, found.accepted) == ("pca", "digits", "0", True)
    assert found.measured["evaluate"]["reconstruction"]["mse"] == 0.01
    assert found.summary["roc_auc"] == 0.8
    assert found.curves.keys() == {f"{a}.{b}_loss" for a in ("all", "normal") for b in ("train", "validation")}
    assert found.curves["normal.validation_loss"] == [(0, 5.0), (1, 4.5), (2, 4.0), (3, 3.5)]
    assert math.isnan(found.curves["all.train_loss"][0][1])


def test_parameters_are_those_of_the_files(edit: Edit) -> None:
    """An edit of params.yaml after the training changes nothing of what the files were made from."""
    before = read().parameters
    for section in ("train", "train_normal"):
        edit("params.yaml", section, "epochs", to=9)
    edit("params.yaml", "seed", to=9)
    edit("params.yaml", "variants", "pca", "latent_dim", to=2)
    edit("params.yaml", "detect", "variants", "pca", "threshold", to="cross_conformal")
    assert read().parameters == before


def test_the_spread_of_other_trainings_makes_no_other_results(repository: Path) -> None:
    before = read()
    spread = {"pca": {"detect.roc_auc": [0.7, 0.8, 0.9]}}
    digests = params.read(contents.PublishSettings).digests()
    write_json(layout.SPREAD, {"dataset": "digits", "normal": [0], "settings": digests, "metrics": spread})
    assert read().spread["detect.roc_auc"] == pytest.approx(0.1)
    assert read().key() == before.key()


def test_weights_that_do_not_say_how_they_were_trained_are_refused(repository: Path) -> None:
    rewrite("models/pca/normal.safetensors", "model", lambda settings: settings.pop("training"))
    with pytest.raises(
        HourglassError, match=r"models/pca/normal.safetensors does not say how it was trained; run `hourglass repro`"
    ):
        read()


def test_a_detector_of_another_normal_class_is_refused(repository: Path) -> None:
    rewrite("models/pca/detector.safetensors", "detector", lambda settings: settings.update(normal=7))
    with pytest.raises(HourglassError, match=r"normal class 7, params.yaml says 0.*detect@pca"):
        read()


def test_a_detector_of_another_dataset_is_refused(edit: Edit) -> None:
    edit("params.yaml", "data", "name", to="mnist")
    with pytest.raises(HourglassError, match=r"dataset digits, params.yaml says mnist.*detect@pca"):
        read()


def test_a_detector_that_does_not_say_its_dataset_is_refused(repository: Path) -> None:
    rewrite("models/pca/detector.safetensors", "detector", lambda settings: settings.pop("dataset"))
    with pytest.raises(HourglassError, match=r"detector.safetensors does not say its dataset; run `hourglass repro`"):
        read()


@pytest.mark.parametrize(("row", "passed"), [(0, False), (2, False), (1, True)], ids=["first", "second", "other's"])
def test_one_failed_criterion_of_its_own_fails_a_variant(edit: Edit, row: int, passed: bool) -> None:
    edit("reports/acceptance.json", "criteria", row, "passed", to=False)
    assert read().accepted is passed


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
        lambda edit: edit("reports/summary.json", "pca", "roc_auc", to=0.7),
        lambda _: rewrite("models/pca/all.safetensors", "model", lambda found: found["training"].update(epochs=9)),
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
        "headline",
        "training",
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


def test_key_is_the_same_whatever_is_accepted(edit: Edit) -> None:
    before = read().key()
    edit("reports/acceptance.json", "criteria", 0, "passed", to=False)
    edit("params.yaml", "accept", "detectors", "min", to=0.99)
    assert read().key() == before


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("variants/pca.py", True),
        ("detection/detector.py", True),
        ("detection/scorers/knn.py", True),
        ("tracking/served.py", True),
        ("tracking/publish.py", False),
        ("variants/vanilla.py", False),
        ("evaluation/inference.py", False),
        ("pipeline/gate.py", False),
        ("reporting/results.py", False),
    ],
)
def test_key_changes_with_the_code_that_the_model_runs(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, changes: bool
) -> None:
    package = Path(shutil.copytree(contents.PACKAGE, tmp_path / "hourglass"))
    monkeypatch.setattr(contents, "PACKAGE", package)
    monkeypatch.setattr(contents, "SERVED", package / "tracking" / "served.py")
    before = read().key()
    append(tmp_path / "hourglass" / file, "\n")
    assert (read().key() != before) is changes


@pytest.mark.parametrize("file", [layout.ACCEPTANCE, layout.SUMMARY, layout.metrics("detect", "pca")])
@pytest.mark.parametrize("content", [[], None])
def test_a_results_file_of_nonsense_is_one_line(repository: Path, file: Path, content: object) -> None:
    write_json(file, content)
    with pytest.raises(HourglassError, match=f"^{file} holds no (criteria|metrics); delete it and run"):
        read()
