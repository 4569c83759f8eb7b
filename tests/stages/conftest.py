"""A tiny repository of digits, prepared, with untrained models in the place of trained ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from hourglass.core.files import write_json
from hourglass.data.arrays import Split
from hourglass.experiments.judge import Judge, write
from hourglass.models.build import build
from hourglass.training.checkpoints import save_model

SHAPE = (1, 8, 8)
NORMAL = 4
VARIANTS: dict[str, dict[str, Any]] = {
    "vanilla": {"module": "vanilla", "latent_dim": 4},
    "cvae": {"module": "cvae", "latent_dim": 4, "hidden": [16]},
    "masked": {"module": "masked", "latent_dim": 4, "width": 8, "depth": 1},
    "vqvae": {"module": "vqvae", "latent_dim": 12, "codes": 9, "channels": [4, 4]},
}
DETECT = {"scorers": ["window", "neighbours", "direction"], "own": {"cvae": ["pixel"]}, "false_alarm_rate": 0.1}
TRAIN = {"epochs": 2, "batch_size": 16, "learning_rate": 0.01, "weight_decay": 0.0, "gradient_clip": 5.0}
PARTS = {"train": slice(200), "validation": slice(200, 400), "test": slice(400, 700)}


@pytest.fixture(scope="session")
def splits() -> dict[str, Split]:
    images = np.rint(load_digits().images[:, None] * (255 / 16)).astype(np.uint8)
    labels = load_digits().target.astype(np.int64)
    return {part: Split(images[chosen], labels[chosen]) for part, chosen in PARTS.items()}


@pytest.fixture
def repository(splits: dict[str, Split], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of the test: what evaluate and detect run on."""
    monkeypatch.chdir(tmp_path)
    data = {"name": "digits", "normal_class": NORMAL}
    settings = {"seed": 1, "threads": 1, "data": data, "train_normal": TRAIN, "detect": DETECT}
    settings |= {"likelihood": {"k": 3}, "variants": VARIANTS}
    write_json(Path("params.yaml"), settings)  # JSON is YAML
    write(Judge(SHAPE, 10), Path("models/judge.safetensors"))
    prepared = Path("data/prepared")
    facts = {"name": "digits", "classes": [str(number) for number in range(10)], "image_shape": SHAPE}
    write_json(prepared / "dataset.json", facts)
    for part, split in splits.items():
        (prepared / part).mkdir()
        np.save(prepared / part / "images.npy", split.images[:])
        np.save(prepared / part / "labels.npy", split.labels)
    for name, settings in VARIANTS.items():
        for which in ("all", "normal"):
            save_model(build(settings, SHAPE, seed=2), settings, Path(f"models/{name}/{which}.safetensors"))
    return tmp_path
