from pathlib import Path

import pytest

from hourglass.core import layout
from hourglass.core.files import write_json
from hourglass.reporting.controls import joined, load
from tests.reporting.plots.variants import variant


def test_controls_have_the_paths_of_variants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(layout.metrics("evaluate", "mean_image"), {"reconstruction": {"mse": 0.1}})
    write_json(layout.metrics("evaluate", "pixels"), {"representation": {"knn_accuracy": 0.8}})
    controls = load(variant(detect={"roc_auc": 0.9, "mean_image": {"roc_auc": 0.7}}))
    assert controls["mean_image"].number("evaluate.reconstruction.mse") == 0.1
    assert controls["mean_image"].number("detect.roc_auc") == 0.7
    assert controls["pixels"].number("evaluate.representation.knn_accuracy") == 0.8
    both = joined(controls)
    assert [path for path, _ in both.numbers()] == [
        *("evaluate.reconstruction.mse", "evaluate.representation.knn_accuracy", "detect.roc_auc"),
    ]
