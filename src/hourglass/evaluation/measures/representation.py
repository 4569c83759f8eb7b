"""Representation: what latent codes tell about the classes, although they were learned without them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import TSNE

from hourglass.core.metrics import Estimate
from hourglass.data.imageset import ImageSet, to_unit
from hourglass.evaluation import probes
from hourglass.evaluation.context import Context, Examples
from hourglass.evaluation.inference import draw_codes, encode, standardise
from hourglass.evaluation.probes import (
    ClassProbes,
    Codes,
    class_probes,
    knn_accuracy,
    obstacle,
    probe_accuracy,
    trustworthiness,
)
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.variational import Variational

# Test images whose latent codes are drawn as points of the plane.
CODES_SHOWN = 1000
# t-SNE has settled by then; the thousand of the default double the time.
TSNE_ITERATIONS, PERPLEXITY = 500, 30.0


@dataclass(frozen=True)
class Representation(ClassProbes):
    """Of the first test images' codes, beside training codes that the classifiers learn from.

    Variational networks have two more metrics, of codes drawn from q(z|x, y) instead of their means.

    trustworthiness: whether images with near codes are near themselves.
    drawn_probe_accuracy: how much the decoder, which is trained on draws, can use of the class.
    residual_probe_accuracy: of the same draws measured from the prior, (z - mean) / std: without what a conditional
        prior tells of the class.
    """

    trustworthiness: float | None = None
    drawn_probe_accuracy: Estimate | None = None
    residual_probe_accuracy: Estimate | None = None


@dataclass(frozen=True)
class UntrainedRepresentation:
    """As in `Representation`."""

    knn_accuracy: Estimate | None


def applies(model: Autoencoder) -> bool:
    """Applies to every autoencoder."""
    return True


def metrics(model: Autoencoder, context: Context) -> Representation:
    """Fit classifiers to training codes and apply them to test codes."""
    train, test = context.train.first(probes.TRAIN_CODES), context.test.first(probes.TEST_CODES)
    codes = encode(model, test)
    found = class_probes(encode(model, train), train.labels, codes, test.labels, context.seed)
    trusted = test.first(probes.TRUSTED_CODES)
    pixels = to_unit(trusted[:].reshape(len(trusted), -1))
    drawn, residual = None, None
    if isinstance(model, Variational) and not found.not_measured:
        drawn, residual = _of_draws(model, train, test, context.seed)
    return Representation(
        **vars(found),
        trustworthiness=trustworthiness(pixels, codes),
        drawn_probe_accuracy=drawn,
        residual_probe_accuracy=residual,
    )


def untrained(model: Autoencoder, context: Context) -> UntrainedRepresentation:
    """Classify test codes by training codes, of a network before training."""
    train, test = context.train.first(probes.TRAIN_CODES), context.test.first(probes.TEST_CODES)
    if obstacle(train.labels, test.labels):
        return UntrainedRepresentation(None)
    codes = [encode(model, images) for images in (train, test)]
    return UntrainedRepresentation(knn_accuracy(codes[0], train.labels, codes[1], test.labels))


def _of_draws(model: Variational, train: ImageSet, test: ImageSet, seed: int) -> tuple[Estimate, Estimate]:
    """Probe accuracy of drawn codes, and of the same in standard deviations of their prior."""
    drawn = [draw_codes(model, images, seed) for images in (train, test)]
    residual = [standardise(model, z, images.labels) for z, images in zip(drawn, (train, test), strict=True)]
    found = [probe_accuracy(codes[0], train.labels, codes[1], test.labels) for codes in (drawn, residual)]
    return found[0], found[1]


def examples(model: Autoencoder, context: Context) -> Examples:
    """The first test images' `latent_codes` as points of the plane (M, 2), and their class numbers, `labels` (M,)."""
    shown = context.test.first(CODES_SHOWN)
    return {"latent_codes": plane(encode(model, shown), context.seed), "labels": shown.labels}


def plane(codes: Codes, seed: int) -> NDArray[np.floating]:
    """Codes (N, D) as points of the plane (N, 2): as they are if D is at most 2, else by t-SNE.

    t-SNE (van der Maaten and Hinton, 2008) starts from the first two principal components and keeps neighbours
    together; distances between groups and their sizes mean nothing. Codes that are all the same are one point.
    Its perplexity, 30, must be less than the number of codes: a third of them, where there are few.
    """
    if (codes == codes[0]).all():
        return np.zeros((len(codes), 2))
    if codes.shape[1] <= 2:
        return np.pad(codes, ((0, 0), (0, 2 - codes.shape[1])))
    perplexity = min(PERPLEXITY, (len(codes) - 1) / 3)
    return TSNE(perplexity=perplexity, init="pca", max_iter=TSNE_ITERATIONS, random_state=seed).fit_transform(codes)
