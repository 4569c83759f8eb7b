"""Generation: new images, and how much they resemble real ones.

A variational network draws latent codes from its prior. A plain autoencoder has none: a normal distribution is fitted
to its codes, and a mixture of ten, and codes are drawn from those. That shows why it is no generator, and how far it
is from being one. A decoded midpoint between the codes of two images should also look real.

Source: lecture "Autoencoder Clásico / Autoencoder Variacional", sections 3 and 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture

from hourglass.core.intervals import share_estimate
from hourglass.core.metrics import Estimate
from hourglass.evaluation import frechet, latent_density, realism, reference_classifier
from hourglass.evaluation.context import Context, Examples
from hourglass.evaluation.inference import Floats, decode, encode, sample
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.quantiser import Quantised

# Pairs of test images between which images are decoded.
PAIRS = 2_000
# Mixtures are fitted to codes of at most 64 dimensions: beyond, ten full covariances take a minute.
COMPONENTS, WIDEST = 10, 64
# Examples: samples, images per interpolation, and images along each side of the manifold.
SHOWN, STEPS, GRID = 60, 9, 15


@dataclass(frozen=True)
class Generation:
    """Generated images beside test images, by features of the reference classifier.

    source: where codes come from: `prior`, or a `gaussian` fitted to the network's codes.
    frechet: Fréchet distance of images from that source. frechet_mixture: of images from the fitted mixture.
    conditional_accuracy: share of images that the reference classifier assigns to the requested class; only of
        conditional networks.
    interpolation_realism: realism of images halfway between two test images of different classes.
    not_measured: why there is nothing but the source, if that is so.
    """

    source: str
    frechet: Estimate | None = None
    frechet_mixture: Estimate | None = None
    conditional_accuracy: Estimate | None = None
    interpolation_realism: Estimate | None = None
    not_measured: str | None = None


def applies(model: Autoencoder) -> bool:
    """Applies where each code is one point, and the decoder was trained to reconstruct the encoder's input."""
    return not model.restores and not isinstance(model, Quantised)


def metrics(model: Autoencoder, context: Context) -> Generation:
    """Compare generated images with test images, and images halfway between two with training images."""
    if reason := reference_classifier.obstacle(context.reference, context.train, context.test):
        return Generation("prior" if model.generative else "gaussian", not_measured=reason)
    real, _ = context.reference.classify(context.test.first(frechet.COMPARED))
    distances, accuracy = {}, None
    for source, images in generate(model, context, frechet.COMPARED).items():
        features, classes = context.reference.classify(images)
        distances[source] = frechet.distance_estimate(features, real, context.seed)
        if model.conditional:
            accuracy = share_estimate(classes == context.class_cycle(len(images)))
    source = next(iter(distances))
    return Generation(
        source=source,
        frechet=distances[source],
        frechet_mixture=distances.get("mixture"),
        conditional_accuracy=accuracy,
        interpolation_realism=_interpolation_realism(model, context),
    )


def _interpolation_realism(model: Autoencoder, context: Context) -> Estimate | None:
    """None if all test images are of one class."""
    if len(np.unique(context.test.labels)) == 1:
        return None
    halfway, _ = context.reference.classify(midpoints(model, context))
    training, _ = context.reference.classify(context.train.first(realism.REAL))
    return realism.realism(halfway, training)


def examples(model: Autoencoder, context: Context) -> Examples:
    """Generated images: `samples`, `interpolations`, and where they apply `mixture_samples` and `manifold`."""
    drawn = generate(model, context, SHOWN)
    samples = {"mixture_samples" if source == "mixture" else "samples": images for source, images in drawn.items()}
    grid = {"manifold": manifold(model, context)} if model.latent_dim == 2 else {}
    return samples | {"interpolations": interpolations(model, context)} | grid


def generate(model: Autoencoder, context: Context, count: int) -> Mapping[str, Floats]:
    """New images (count, C, H, W) by the source of their codes: the prior, or else a fitted gaussian and mixture."""
    if model.generative:
        return {"prior": sample(model, context.class_cycle(count), context.seed)}
    none = np.zeros(count, np.int64)
    return {
        source: decode(model, latent_density.draw(density, count, context.seed), none)
        for source, density in _densities(model, context).items()
    }


@lru_cache(maxsize=1)  # fitted once for metrics and examples
def _densities(model: Autoencoder, context: Context) -> Mapping[str, GaussianMixture]:
    """Densities fitted to training codes; a mixture where codes are not too wide and not too few for it."""
    codes = encode(model, context.train.first(latent_density.FITTED))
    densities = {"gaussian": latent_density.fit_gaussian(codes)}
    if model.latent_dim <= WIDEST and len(codes) >= COMPONENTS:
        densities["mixture"] = latent_density.fit_mixture(codes, COMPONENTS, context.seed)
    return densities


def midpoints(model: Autoencoder, context: Context) -> Floats:
    """Images (pairs, C, H, W) halfway between the codes of two test images of different classes.

    A conditional network decodes them as the class of the first.
    """
    random = np.random.default_rng(context.seed)
    pairs: NDArray[np.int64] = random.integers(len(context.test), size=(4 * PAIRS, 2))
    labels = context.test.labels[pairs]
    pairs = pairs[labels[:, 0] != labels[:, 1]][:PAIRS]
    ends = [context.test.subset(side) for side in pairs.T]
    codes = [encode(model, end) for end in ends]
    return decode(model, np.mean(codes, axis=0, dtype=np.float32), ends[0].labels)


def interpolations(model: Autoencoder, context: Context) -> Floats:
    """Images (rows, steps, C, H, W) that lead from the example of a class to that of the next, or between any two."""
    shown = context.examples()
    if len(shown) == 1:
        shown = context.test.first(2)
    codes = encode(model, shown)
    between = np.linspace(0, 1, STEPS, dtype=np.float32)[:, None]
    return np.stack(
        [
            decode(model, (1 - between) * codes[row] + between * codes[row + 1], np.full(STEPS, shown.labels[row]))
            for row in range(0, len(codes) - 1, 2)
        ]
    )


def manifold(model: Autoencoder, context: Context) -> Floats:
    """Images (15, 15, C, H, W) over the plane of two latent dimensions.

    The grid reaches from the 2nd to the 98th percentile of the test images' codes.
    """
    low, high = np.quantile(encode(model, context.test), (0.02, 0.98), axis=0)
    axes = np.linspace(low, high, GRID).T
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2).astype(np.float32)
    images = decode(model, grid, np.zeros(len(grid), np.int64))
    return images.reshape(GRID, GRID, *images.shape[1:])
