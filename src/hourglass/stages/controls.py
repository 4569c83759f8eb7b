"""Measure what every variant is compared with: the mean image's reconstruction, and raw pixels as a code."""

from pathlib import Path

import numpy as np

from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.data import arrays
from hourglass.evaluation import controls, reconstruction, representation

METRICS = Path("reports/metrics/evaluate")
BATCH = 500


def main() -> None:
    seed = params.common().seed
    train, validation, test = (arrays.load(part) for part in ("train", "validation", "test"))
    mean = controls.mean_image(train.images)
    pairs = (
        (images, np.broadcast_to(mean, images.shape))
        for images in (test.images[i : i + BATCH] / 255 for i in range(0, len(test.images), BATCH))
    )
    figures = reconstruction.measure(pairs, seed)
    figures["validation_mse"] = float(controls.distance(validation.images, mean).mean())
    write_json(METRICS / "mean_image.json", {"parameters": mean.size, "latent_dim": 0, "reconstruction": figures})

    known, new = train.part(slice(representation.TRAIN_CODES)), test.part(slice(representation.TEST_CODES))
    pixels = [(part.images[:] / np.float32(255)).reshape(len(part.labels), -1) for part in (known, new)]
    found = representation.measure(pixels[0], known.labels, pixels[1], new.labels, seed)
    # Pixels are their own code: no neighbour is an intruder.
    found["trustworthiness"] = 1.0
    write_json(METRICS / "pixels.json", {"latent_dim": mean.size, "representation": found})
