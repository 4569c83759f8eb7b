"""Train and measure one kind of autoencoder at one code size after another: what if the code were very large?"""

import math
from pathlib import Path
from typing import Any

from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.data import arrays
from hourglass.data.settings import DataSettings
from hourglass.evaluation import detection, reconstruction, representation
from hourglass.experiments.sweep import SweepSettings
from hourglass.inference import encode, reconstruct, score
from hourglass.models.autoencoder import Autoencoder
from hourglass.training.session import trained
from hourglass.training.settings import TrainSettings


def main(name: str) -> None:
    dataset, normal = arrays.describe(), params.section("data", DataSettings).normal_class
    settings, seed = params.section("sweep", SweepSettings), params.common().seed
    whole, validation, test = (arrays.load(part) for part in ("train", "validation", "test"))
    some, new = whole.part(slice(settings.images)), test.part(slice(representation.TEST_CODES))
    ordinary, held_out = (arrays.only(part, normal, dataset.classes) for part in (whole, validation))

    def network(latent_dim: int, on: arrays.Split, beside: arrays.Split, plan: TrainSettings) -> Autoencoder:
        entry = {**settings.variants[name], "latent_dim": latent_dim}
        model, _ = trained(f"sweep.variants.{name}", entry, plan, dataset.image_shape, seed, on, beside)
        return model.eval()

    found: dict[int, Any] = {}
    for latent_dim in settings.latent_dims:
        if latent_dim > math.prod(dataset.image_shape):
            break
        general = network(latent_dim, some, validation, settings.train)
        special = network(latent_dim, ordinary, held_out, settings.train_normal)
        rebuilt = reconstruction.squared_error(reconstruct(general, validation.images, validation.labels), seed)
        codes = [encode(general, part.images, part.labels) for part in (some, new)]
        detected = detection.ranking(score(special, test.images, normal), test.labels != normal)
        found[latent_dim] = {
            "validation_mse": rebuilt["mse"],
            "validation_mse_ci": rebuilt["mse_ci"],
            **representation.neighbours(codes[0], some.labels, codes[1], new.labels),
            **detected,
        }
        print(f"{name}, {latent_dim} numbers: validation MSE {rebuilt['mse']:.4f}", flush=True)
    write_json(Path(f"reports/sweep/{name}.json"), found)
