"""Every experiment of params.yaml, made small, so that it runs in a second."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML
from sklearn.datasets import load_digits

from hourglass.data.imageset import ImageSet
from hourglass.experiments.common import run
from hourglass.experiments.common.context import Context, Measurements
from hourglass.experiments.common.settings import AnyExperiment

ROOT = Path(__file__).parents[2]
ENTRIES: dict[str, dict[str, Any]] = YAML(typ="safe").load((ROOT / "params.yaml").read_text())["experiments"]
# Images of the project's own size, and others.
SHAPES = {"fashion_mnist": (1, 28, 28), "digits": (1, 8, 8), "own": (3, 16, 20)}
SMALL = {"images": 60, "seeds": 3}
# Where a small network and little data need other settings than params.yaml has.
CHANGED: dict[str, dict[str, Any]] = {
    "loss_speed": {"every": 1, "descent_steps": 2},
    "fine_tuning": {"labels": [2, 4], "steps": 5, "classify": {"epochs": 1, "batch_size": 8}},
}


def settings(name: str) -> AnyExperiment:
    """The entry of params.yaml with few images and a single epoch."""
    entry = ENTRIES[name] | SMALL | CHANGED.get(name, {})
    # So few steps must not diverge.
    train = {"epochs": 1, "batch_size": 16, "learning_rate": 0.001}
    return AnyExperiment.model_validate(entry | {"train": train})


def context(dataset: str) -> Context:
    """Handwritten digits, enlarged to the shape of the dataset."""
    raw = load_digits()
    channels, height, width = SHAPES[dataset]
    rows, columns = (np.linspace(0, 7, side).round().astype(int) for side in (height, width))
    pixels = np.rint(raw.images * (255 / 16)).astype(np.uint8)[:, None][:, :, rows][:, :, :, columns]
    every = ImageSet(pixels.repeat(channels, axis=1), raw.target.astype(np.int64), [str(one) for one in range(10)])
    splits = (every.subset(slice(*ends)) for ends in ((0, 200), (200, 260), (260, 380)))
    return Context.of(dataset, splits, seed=1)


@cache
def measured(name: str, dataset: str) -> tuple[dict[str, Any], Measurements]:
    """Content of the metrics file, and what was measured."""
    return run.run(name, run.checked(name, settings(name)), context(dataset))
