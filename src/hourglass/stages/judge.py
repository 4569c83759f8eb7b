"""Train the classifier that judges generated images."""

from pathlib import Path

import numpy as np
import torch

from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.data import arrays
from hourglass.evaluation import generation
from hourglass.evaluation.intervals import share_interval
from hourglass.experiments.judge import Judge, write
from hourglass.training.fit import Examples, fit
from hourglass.training.settings import TrainSettings
from hourglass.training.tensors import Tensors


def main() -> None:
    seed, dataset = params.common().seed, arrays.describe()
    settings = params.section("judge", TrainSettings)
    train, validation = (
        Examples(Tensors(part.images), torch.from_numpy(part.labels))
        for part in (arrays.load("train"), arrays.load("validation"))
    )
    torch.manual_seed(seed)
    judge = Judge(dataset.image_shape, len(dataset.classes))
    fit(judge, train, validation, settings, seed)
    write(judge, Path("models/judge.safetensors"))
    test = arrays.load("test")
    blocks = range(0, len(test.images), generation.COMPARED)
    looks = [judge.look(test.images[start : start + generation.COMPARED]) for start in blocks]
    right = np.concatenate([seen for _, seen in looks]) == test.labels
    features, _ = looks[0]
    known, _ = judge.look(arrays.load("train").images[: len(features)])
    # What real images reach: no generator can be expected to come closer, or to look more real.
    floor, ceiling = generation.frechet(known, features), generation.realism(features, known)
    accuracy = {"accuracy": float(right.mean()), "accuracy_ci": share_interval(right)}
    distance = {"frechet": floor, "frechet_ci": generation.frechet_interval(known, features, seed)}
    write_json(Path("reports/metrics/judge.json"), {**accuracy, **distance, **ceiling})
