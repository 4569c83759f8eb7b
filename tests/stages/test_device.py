"""Each stage that computes does so on the device that params.yaml names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from hourglass.core import layout, params
from hourglass.core.files import read_json, write_json
from hourglass.data.imageset import ImageSet, Rows
from hourglass.stages import detect, evaluate, reference_classifier, sweep, train, train_normal

TRAIN = {"epochs": 1, "batch_size": 50, "learning_rate": 0.01}
SWEEP = {"latent_dims": [2], "images": 100, "train": TRAIN, "train_normal": TRAIN}


@pytest.fixture
def batches(repository: Path, monkeypatch: pytest.MonkeyPatch, simulated: torch.device) -> list[tuple[int, str]]:
    """Size and device of every batch from now on, with `device: cuda` where that is the simulated device."""
    kinds = {"variants": {"vanilla": {"module": "vanilla"}}}
    more = {"device": "cuda", "reference_classifier": TRAIN, "sweep": SWEEP | kinds}
    write_json(Path("params.yaml"), params.content() | more)
    monkeypatch.setattr("hourglass.core.device.find", {"cuda": simulated}.__getitem__)
    seen: list[tuple[int, str]] = []
    batch = ImageSet.batch

    def noted(self: ImageSet, rows: Rows, on: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
        found = batch(self, rows, on)
        seen.append((len(found[0]), str(on)))
        return found

    monkeypatch.setattr(ImageSet, "batch", noted)
    return seen


@pytest.mark.parametrize(
    ("stage", "arguments"),
    [
        (reference_classifier.main, []),
        (train.main, ["vqvae"]),
        (train_normal.main, ["masked"]),
        (evaluate.main, ["cvae"]),
        (sweep.main, ["vanilla"]),
    ],
    ids=["reference_classifier", "train", "train_normal", "evaluate", "sweep"],
)
def test_all_batches_go_to_the_device(
    batches: list[tuple[int, str]], simulated: torch.device, stage: Callable[..., None], arguments: list[Any]
) -> None:
    stage(*arguments)
    assert {on for _, on in batches} == {str(simulated)}


def test_detect_gives_the_scores_of_the_cpu(
    batches: list[tuple[int, str]], simulated: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scores() -> list[float]:
        return [float(line.rpartition(",")[2]) for line in layout.scores("cvae").read_text().splitlines()[1:]]

    detect.main("cvae")
    there, found = scores(), read_json(layout.metrics("detect", "cvae"))
    # When a detector is read, two plain images are scored on the CPU, before it is moved.
    assert {count for count, on in batches if on != str(simulated)} <= {2}
    monkeypatch.setattr("hourglass.core.device.find", lambda _: torch.device("cpu"))
    detect.main("cvae")
    np.testing.assert_allclose(there, scores(), rtol=1e-4, atol=1e-4)
    assert found["roc_auc"] == pytest.approx(read_json(layout.metrics("detect", "cvae"))["roc_auc"])
