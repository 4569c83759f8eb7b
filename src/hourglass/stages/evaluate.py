"""Measure one variant on test images: every experiment that applies to it."""

from pathlib import Path
from typing import Any

import numpy as np

from hourglass.core import params
from hourglass.core.files import replacing, write_json
from hourglass.data import arrays
from hourglass.experiments import (
    codebook,
    compression,
    generation,
    judge,
    likelihood,
    reconstruction,
    representation,
    restoration,
    sparsity,
)
from hourglass.experiments.material import Material
from hourglass.experiments.settings import LikelihoodSettings
from hourglass.models.build import build
from hourglass.training.checkpoints import load_model

EXPERIMENTS = {
    "reconstruction": reconstruction,
    "representation": representation,
    "restoration": restoration,
    "sparsity": sparsity,
    "codebook": codebook,
    "compression": compression,
    "generation": generation,
    "likelihood": likelihood,
}
# What a network that has learned nothing reaches too stands beside what the trained one reaches.
CONTROLLED = ("reconstruction", "representation")
JUDGE = Path("models/judge.safetensors")


def main(variant: str) -> None:
    seed = params.common().seed
    model, settings = load_model(Path(f"models/{variant}/all.safetensors"))
    untrained = build(settings, model.image_shape, seed).eval()
    train, validation, test = (arrays.load(part) for part in ("train", "validation", "test"))
    samples = params.section("likelihood", LikelihoodSettings).k
    material = Material(train, validation, test, judge.read(JUDGE), samples, seed)
    content: dict[str, Any] = {
        "parameters": sum(value.numel() for value in model.state_dict().values()),
        "latent_dim": model.latent_dim,
        "conditional": model.conditional,
        "untrained": {name: EXPERIMENTS[name].figures(untrained, material) for name in CONTROLLED},
    }
    pictures: dict[str, Any] = {}
    for name, experiment in EXPERIMENTS.items():
        if experiment.applies(model):
            content[name] = experiment.figures(model, material)
            pictures |= experiment.pictures(model, material)
    write_json(Path(f"reports/metrics/evaluate/{variant}.json"), content)
    with replacing(Path(f"reports/examples/{variant}.npz")) as partial, partial.open("wb") as file:
        np.savez_compressed(file, **pictures)
