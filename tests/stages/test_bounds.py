"""However large the dataset is, a stage asks for a bounded number of its images at a time."""

import importlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hourglass.core.files import read_json, write_json
from hourglass.core.images import Rows
from hourglass.core.stored import Stored

# There are 200 images to train on, and 300 to test on.
BOUND = 60
BOUNDS = {
    "inference": ["BATCH"],
    "detectors.detector": ["BATCH"],
    "detectors.fitting": ["KNOWN"],
    "evaluation.codebook": ["CODES"],
    "evaluation.compression": ["JUDGED"],
    "evaluation.controls": ["BLOCK"],
    "evaluation.generation": ["FITTED", "JUDGED", "REAL", "COMPARED"],
    "evaluation.representation": ["TRAIN_CODES", "TEST_CODES", "SILHOUETTE_CODES", "TRUSTED_CODES"],
    "evaluation.restoration": ["JUDGED", "TUNED", "LEARNED"],
    "evaluation.sparsity": ["CODES"],
    "experiments.generation": ["PAIRS"],
    "experiments.representation": ["CODES_SHOWN"],
    "stages.controls": ["BATCH"],
    "stages.detect": ["DAMAGED"],
    "stages.publish": ["BLOCK"],
    "training.fit": ["EVALUATION_BATCH"],
}
TRAINING = {"epochs": 1, "batch_size": 50, "learning_rate": 0.001, "weight_decay": 0.0, "gradient_clip": 1.0}


@pytest.fixture
def asked(repository: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images were asked for each time, from here on; every bound is 60."""
    found: list[int] = []
    read = Stored.__getitem__

    def watch(images: Stored, rows: Rows, /) -> NDArray[np.uint8]:
        given = read(images, rows)
        found.append(len(given))
        return given

    monkeypatch.setattr(Stored, "__getitem__", watch)
    for module, names in BOUNDS.items():
        for name in names:
            monkeypatch.setattr(f"hourglass.{module}.{name}", BOUND)
    monkeypatch.setattr("hourglass.evaluation.representation.PICTURE_ITERATIONS", 250)  # for speed
    sweep = {"latent_dims": [2], "images": BOUND, "variants": {"pca": {"module": "pca"}}}
    trainings = dict.fromkeys(("train", "train_normal"), TRAINING)
    write_json(
        Path("params.yaml"),
        {**read_json(Path("params.yaml")), **trainings, "judge": TRAINING, "sweep": sweep | trainings},
    )
    return found


@pytest.mark.parametrize(
    "stage",
    [
        *(("evaluate", variant) for variant in ("vanilla", "cvae", "masked", "vqvae")),
        *((stage, "vanilla") for stage in ("train", "train_normal", "detect")),
        *(("controls",), ("judge",), ("sweep", "pca")),
    ],
    ids="@".join,
)
def test_no_stage_asks_for_all_images_at_once(
    asked: list[int], stage: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    # PCA sums over blocks of 4096 images, more than there are here.
    monkeypatch.setattr("hourglass.training.tensors.Tensors.split", lambda images, _: [images[:BOUND]])
    importlib.import_module(f"hourglass.stages.{stage[0]}").main(*stage[1:])
    assert 0 < max(asked) <= BOUND
