"""Generating: images that nobody ever took, and how much they resemble those that somebody did.

A variational model draws codes from its prior. A plain autoencoder has none: a normal distribution is fitted to
its codes, and a mixture of ten, and drawn from, which shows why it is no generator and how far it is from being
one. Halfway between the codes of two images of different classes there should be an image too.

Source: lecture "Autoencoder Clásico / Autoencoder Variacional", sections 3 and 4.
"""

import numpy as np
from numpy.typing import NDArray

from hourglass.evaluation import generation
from hourglass.experiments.material import Figures, Material, Pictures
from hourglass.inference import Floats, decode, encode, sample
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.quantiser import Quantised

# Pairs of test images that are halved.
PAIRS = 2_000
# Mixtures are fitted to codes of 64 numbers at most: beyond, ten full covariances take a minute.
COMPONENTS, WIDEST = 10, 64
SHOWN, STEPS, GRID = 60, 9, 15


def applies(model: Autoencoder) -> bool:
    """To codes that are one point each, and decoders that were trained to give back what the encoder saw."""
    return not model.restores and not isinstance(model, Quantised)


def figures(model: Autoencoder, material: Material) -> Figures:
    """Fréchet distances to test images, realism of midpoints, and what the judge says of images to order."""
    real, _ = material.judge.look(material.test.images[: generation.COMPARED])
    drawn = draws(model, material, generation.COMPARED)
    # Whether codes come from the model's own prior or from a distribution fitted to its codes.
    found: Figures = {"source": next(iter(drawn))}
    for source, images in drawn.items():
        features, seen = material.judge.look(images)
        name = "frechet_mixture" if source == "mixture" else "frechet"
        found[name] = generation.frechet(features, real)
        found[f"{name}_ci"] = generation.frechet_interval(features, real, material.seed)
        if model.conditional:
            found |= generation.conditional_accuracy(seen, material.classes(len(images)))
    halfway, _ = material.judge.look(midpoints(model, material))
    known, _ = material.judge.look(material.train.images[: generation.REAL])
    for name, value in generation.realism(halfway, known).items():
        found[f"interpolation_{name}"] = value
    return found


def pictures(model: Autoencoder, material: Material) -> Pictures:
    """Samples (60, C, H, W) and, of plain models, mixture_samples; interpolations (rows, steps, C, H, W).

    Interpolations lead from the example of a class to that of the next. `manifold` (15, 15, C, H, W), where the
    code has two numbers, is a grid over the codes of the test images, its ends at their 2nd and 98th percentiles.
    """
    drawn = draws(model, material, SHOWN)
    found: Pictures = {
        "mixture_samples" if source == "mixture" else "samples": images for source, images in drawn.items()
    }
    shown = material.examples()
    codes = encode(model, shown.images, shown.labels)
    between = np.linspace(0, 1, STEPS, dtype=np.float32)[:, None]
    rows = range(0, len(codes) - 1, 2)
    strips = [
        decode(model, (1 - between) * codes[row] + between * codes[row + 1], np.full(STEPS, shown.labels[row]))
        for row in rows
    ]
    found["interpolations"] = np.stack(strips)
    if model.latent_dim == 2:
        codes = encode(model, material.test.images, material.test.labels)
        low, high = np.quantile(codes, (0.02, 0.98), axis=0)
        axes = np.linspace(low, high, GRID).T
        grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2).astype(np.float32)
        plane = decode(model, grid, np.zeros(len(grid), np.int64))
        found["manifold"] = plane.reshape(GRID, GRID, *plane.shape[1:])
    return found


def draws(model: Autoencoder, material: Material, count: int) -> dict[str, Floats]:
    """New images (count, C, H, W) by where their codes come from: the prior, or else a fitted gaussian and mixture."""
    if model.generative:
        return {"prior": sample(model, material.classes(count), material.seed)}
    fitted = material.train.part(slice(generation.FITTED))
    codes = encode(model, fitted.images, fitted.labels)
    sources = {"gaussian": generation.fit_gaussian(codes)}
    if model.latent_dim <= WIDEST:
        sources["mixture"] = generation.fit_mixture(codes, COMPONENTS, material.seed)
    none = np.zeros(count, np.int64)
    return {
        name: decode(model, generation.draw(source, count, material.seed), none) for name, source in sources.items()
    }


def midpoints(model: Autoencoder, material: Material) -> Floats:
    """Images (pairs, C, H, W) halfway between the codes of two test images of different classes.

    A conditional model decodes them as the class of the first.
    """
    random = np.random.default_rng(material.seed)
    pairs: NDArray[np.int64] = random.integers(len(material.test.labels), size=(4 * PAIRS, 2))
    labels = material.test.labels[pairs]
    pairs = pairs[labels[:, 0] != labels[:, 1]][:PAIRS]
    ends = [material.test.part(side) for side in pairs.T]
    codes = [encode(model, end.images, end.labels) for end in ends]
    return decode(model, np.mean(codes, axis=0, dtype=np.float32), ends[0].labels)
