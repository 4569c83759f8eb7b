"""Train the classifier that judges generated images."""

from pathlib import Path

import torch

from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.data import arrays
from hourglass.evaluation.intervals import mean_interval
from hourglass.experiments.judge import Judge, write
from hourglass.training.fit import Examples, fit
from hourglass.training.settings import TrainSettings


def main() -> None:
    seed, dataset = params.common().seed, arrays.describe()
    settings = params.section("judge", TrainSettings)
    train, validation = (
        Examples(torch.from_numpy(part.images), torch.from_numpy(part.labels))
        for part in (arrays.load("train"), arrays.load("validation"))
    )
    torch.manual_seed(seed)
    judge = Judge(dataset.image_shape, len(dataset.classes))
    fit(judge, train, validation, settings, seed)
    write(judge, Path("models/judge.safetensors"))
    test = arrays.load("test")
    right = judge.look(test.images)[1] == test.labels
    found = {"accuracy": float(right.mean()), "accuracy_ci": mean_interval(right.astype(float), seed)}
    write_json(Path("reports/metrics/judge.json"), found)
