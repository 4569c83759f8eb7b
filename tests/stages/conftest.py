"""A tiny repository of digits, prepared, with untrained models in the place of trained ones."""

from pathlib import Path
from typing import Any

import pytest

from hourglass.core import layout
from hourglass.core.files import write_json
from hourglass.data.imageset import ImageSet
from hourglass.detection.scorer import names
from hourglass.evaluation import image_files, reference_classifier
from hourglass.models.build import build
from hourglass.models.checkpoints import save_model
from hourglass.training.settings import TrainSettings

SHAPE = (1, 8, 8)
NORMAL = 4
VARIANTS: dict[str, dict[str, Any]] = {
    "vanilla": {"module": "vanilla", "latent_dim": 4},
    "cvae": {"module": "cvae", "latent_dim": 4, "hidden": [16]},
    "masked": {"module": "masked", "latent_dim": 4, "width": 8, "depth": 1},
    "vqvae": {"module": "vqvae", "latent_dim": 12, "codes": 9, "channels": [4, 4]},
}
DETECT = {
    "false_positive_rate": 0.1,
    "candidates": names(),
    "scorers": ["smoothed_residual", "knn", "cosine_knn"],
    "variants": {"cvae": {"scorers": ["pixel"]}},
}
TRAIN = {"epochs": 2, "batch_size": 16, "learning_rate": 0.01, "weight_decay": 0.0}
SPLITS = {"train": slice(200), "validation": slice(200, 400), "test": slice(400, 700)}


@pytest.fixture(scope="session")
def splits(digits: ImageSet) -> dict[str, ImageSet]:
    return {name: digits.subset(rows) for name, rows in SPLITS.items()}


@pytest.fixture
def repository(splits: dict[str, ImageSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of the test: what evaluate and detect run on."""
    monkeypatch.chdir(tmp_path)
    data = {"name": "digits", "normal_class": NORMAL}
    settings = {"seed": 1, "threads": 1, "data": data, "train": TRAIN, "train_normal": TRAIN, "detect": DETECT}
    settings |= {"likelihood": {"k": 3}, "variants": VARIANTS, "experiments": {"sharpness": {}}}
    write_json(Path("params.yaml"), settings | {"report": {"language": "en"}})  # JSON is YAML
    reference_classifier.save(reference_classifier.untrained(SHAPE, 10, seed=0), layout.REFERENCE_CLASSIFIER)
    image_files.save(image_files.measure(splits["test"][:10]), layout.FILE_SIZES)
    for name, images in splits.items():
        images.save(layout.split(name))
    for variant, entry in VARIANTS.items():
        network = {name: value for name, value in entry.items() if name != "module"}
        model = build(entry["module"], network, SHAPE, seed=2)
        # As if trained by params.yaml: the stages refuse what was not.
        training = {"seed": 1, **TrainSettings.model_validate(TRAIN).model_dump()}
        model.description = {**model.description, "training": training}
        for which in ("all", "normal"):
            save_model(model, layout.model(variant, which))
    return tmp_path
