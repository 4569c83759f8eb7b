"""Noisy codes: are the latent codes of a denoising autoencoder less sensitive to noise?

The same network is trained in two ways: to restore noisy images (`denoising`), and to reconstruct clean ones (`plain`).
Then test images are encoded clean and noisy, at the noise of training:

    moved            distance between the codes of an image clean and noisy, over that between two clean images
    clean_accuracy   a linear classifier, fitted to clean training codes, on clean test codes
    noisy_accuracy   the same classifier on the codes of noisy test images

Source: lecture "Autoencoders" (Métodos Generativos), "Autoencoders de Eliminación de Ruido"; Vincent et al. (2008),
"Extracting and composing robust features with denoising autoencoders".
"""

import numpy as np
import torch

from hourglass.data.imageset import map_batches
from hourglass.evaluation import probes
from hourglass.evaluation.inference import Floats, encode
from hourglass.experiments.common.context import Context, Measurements, over_seeds
from hourglass.experiments.common.networks import Objective, squared_error, train, trained, untrained
from hourglass.experiments.common.settings import ExperimentSettings
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import find

# Training images whose codes the linear classifier learns from.
PROBED = 4_000


class Settings(ExperimentSettings):
    """What all experiments state."""


def obstacle(settings: Settings, context: Context) -> str | None:
    """Applies to networks that restore images, and to images of several classes."""
    if not find(settings.module, "experiments.noisy_codes").restores:
        return f"{settings.module} restores no images"
    return probes.obstacle(context.train.labels, context.test.labels)


def run(settings: Settings, context: Context) -> Measurements:
    """Compare codes of the two networks."""
    metrics = {}
    for way, network in (("denoising", trained), ("plain", _plain)):
        runs = [_measured(network(settings, context, seed), context, seed) for seed in context.seeds(settings.seeds)]
        metrics[way] = {name: over_seeds([one[name] for one in runs]) for name in runs[0]}
    return Measurements(metrics)


def _plain(settings: Settings, context: Context, seed: int) -> Autoencoder:
    """The same network, trained to reconstruct clean images."""
    model = untrained(settings, context, seed)
    train(Objective(model, squared_error), settings, context, seed)
    return model.eval()


def _measured(model: Autoencoder, context: Context, seed: int) -> dict[str, float]:
    generator = torch.Generator().manual_seed(seed)
    clean = encode(model, context.test)
    noisy = map_batches(lambda x, _: model.encode(model.corrupt(x, model.level, generator)), context.test)
    images, labels = context.train.first(PROBED), context.test.labels
    codes = encode(model, images)
    accuracy = [probes.probe_accuracy(codes, images.labels, tested, labels).value for tested in (clean, noisy)]
    # Each image beside another one: the next.
    apart = _distance(clean, np.roll(clean, 1, axis=0))
    return {"moved": _distance(clean, noisy) / apart, "clean_accuracy": accuracy[0], "noisy_accuracy": accuracy[1]}


def _distance(one: Floats, other: Floats) -> float:
    return float(np.linalg.norm(one - other, axis=1).mean())
