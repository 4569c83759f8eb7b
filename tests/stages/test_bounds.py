"""However large the dataset is, a stage reads a bounded number of its images at a time."""

import importlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hourglass.core.files import write_json
from hourglass.core.params import content
from hourglass.data.imageset import BATCH, ImageSet, MappedPixels, Rows, map_batches, map_slices

# There are 200 training images and 300 test images.
BOUND = 60
BOUNDS = {
    "detection.detector": ["FITTED"],
    "detection.mean_image": ["FITTED"],
    "detection.anomalies": ["DEFECTIVE"],
    "detection.selection": ["MOST"],
    "evaluation.frechet": ["COMPARED"],
    "evaluation.image_files": ["COMPRESSED"],
    "evaluation.latent_density": ["FITTED"],
    "evaluation.measures.codebook": ["CODES"],
    "evaluation.measures.compression": ["COMPRESSED"],
    "evaluation.measures.generation": ["PAIRS"],
    "evaluation.measures.representation": ["CODES_SHOWN"],
    "evaluation.measures.restoration": ["RESTORED", "TUNED", "LEARNED"],
    "evaluation.measures.sparsity": ["CODES"],
    "evaluation.probes": ["TRAIN_CODES", "TEST_CODES", "SILHOUETTE_CODES", "TRUSTED_CODES"],
    "evaluation.realism": ["MEASURED", "REAL"],
    "variants.pca": ["BLOCK"],
}


@pytest.fixture
def read(repository: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images were read each time, from here on; every bound is 60."""
    found: list[int] = []
    unwatched = MappedPixels.__getitem__

    def watched(pixels: MappedPixels, rows: Rows, /) -> NDArray[np.uint8]:
        images = unwatched(pixels, rows)
        found.append(len(images))
        return images

    monkeypatch.setattr(MappedPixels, "__getitem__", watched)
    for function in (ImageSet.slices, ImageSet.batches, map_batches, map_slices):
        defaults = tuple(BOUND if value == BATCH else value for value in function.__defaults__ or ())
        monkeypatch.setattr(function, "__defaults__", defaults)
    for module, names in BOUNDS.items():
        for name in names:
            monkeypatch.setattr(f"hourglass.{module}.{name}", BOUND)
    monkeypatch.setattr("hourglass.evaluation.measures.representation.TSNE_ITERATIONS", 250)  # for speed
    sweep = {"latent_dims": [2], "images": BOUND, "variants": {"pca": {"module": "pca"}}}
    training = content()["train"]
    trainings = dict.fromkeys(("train", "train_normal"), training)
    detect = {"false_positive_rate": 0.1, "candidates": ["knn", "pixel", "restoration"]}  # scorers are selected
    sections = {"detect": detect, "reference_classifier": training, "sweep": sweep | trainings}
    write_json(Path("params.yaml"), {**content(), **sections})
    return found


@pytest.mark.parametrize(
    "stage",
    [
        *(("evaluate", variant) for variant in ("vanilla", "cvae", "masked", "vqvae")),
        *((stage, "vanilla") for stage in ("train", "train_normal", "detect")),
        *(("controls",), ("reference_classifier",), ("sweep", "pca")),
    ],
    ids="@".join,
)
def test_no_stage_reads_all_images_at_once(read: list[int], stage: tuple[str, ...]) -> None:
    importlib.import_module(f"hourglass.stages.{stage[0]}").main(*stage[1:])
    assert 0 < max(read) <= BOUND
