"""Measure one variant on test images: reconstruction and representation, trained and untrained."""

from pathlib import Path
from typing import Any

import numpy as np

from hourglass.core import params
from hourglass.core.files import replacing, write_json
from hourglass.data import arrays
from hourglass.evaluation import codebook, reconstruction, representation, restoration
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build
from hourglass.models.inference import encode, indices, reconstruct, restore, sample
from hourglass.models.quantiser import Quantised
from hourglass.training.checkpoints import load_model

CODES_SHOWN = 1000
SAMPLES_SHOWN = 64


def main(variant: str) -> None:
    seed = params.common().seed
    model, settings = load_model(Path(f"models/{variant}/all.safetensors"))
    train, validation, test = (arrays.load(part) for part in ("train", "validation", "test"))
    train = arrays.Split(train.images[: representation.TRAIN_CODES], train.labels[: representation.TRAIN_CODES])

    def measure(network: Autoencoder) -> dict[str, Any]:
        codes = [encode(network, split.images, split.labels) for split in (train, test)]
        return {
            "reconstruction": reconstruction.measure(reconstruct(network, test.images, test.labels), seed),
            "representation": representation.measure(codes[0], train.labels, codes[1], test.labels),
        }

    found = measure(model)
    held_out = reconstruction.measure(reconstruct(model, validation.images, validation.labels), seed)
    found["reconstruction"]["validation_mse"] = held_out["mse"]
    content = {
        "parameters": sum(value.numel() for value in model.state_dict().values()),
        "latent_dim": model.latent_dim,
        "conditional": model.conditional,
        **found,
        "untrained": measure(build(settings, model.image_shape, seed).eval()),
    }
    if isinstance(model, Quantised):
        content["codebook"] = codebook.measure(indices(model, test.images), model.codes)
    if model.restores:
        tuned, judged = validation.images[: restoration.TUNED], test.images[: restoration.JUDGED]
        tried, repaired = (restore(model, images, seed) for images in (tuned, judged))
        rivals = restoration.baselines(train.images, tried["originals"], tried["observed"], repaired["observed"])
        content["restoration"] = restoration.measure(**repaired, baselines=rivals)
    write_json(Path(f"reports/metrics/evaluate/{variant}.json"), content)
    with replacing(Path(f"reports/examples/{variant}.npz")) as partial, partial.open("wb") as file:
        np.savez_compressed(file, **examples(model, test, seed))


def examples(model: Autoencoder, test: arrays.Split, seed: int) -> dict[str, Any]:
    """What the report draws: of the first test image of each class, what the model makes; codes; samples."""
    _, first = np.unique(test.labels, return_index=True)
    ((originals, rebuilt),) = reconstruct(model, test.images[first], test.labels[first])
    shown = test.images[:CODES_SHOWN], test.labels[:CODES_SHOWN]
    arrays = {"originals": originals, "reconstructions": rebuilt, "codes": encode(model, *shown), "labels": shown[1]}
    if model.generative:
        arrays["samples"] = sample(model, SAMPLES_SHOWN, len(first), seed)
    if model.restores:
        found = restore(model, test.images[first], seed)
        arrays |= {f"restoration_{name}": images for name, images in found.items()}
    return arrays
