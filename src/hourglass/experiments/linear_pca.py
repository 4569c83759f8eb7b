"""Linear and PCA: does a linear autoencoder that is trained by gradient end where PCA does?

    z = W x + b        x' = V z + c        loss = squared error

Its optimum spans the subspace of PCA's first components. So its error can reach PCA's on training images, and no less.
Both learn from the same images, with the same number of latent dimensions.

    linear, pca    error on test images; `ratio` is that of the first to the second
    subspace       mean squared cosine of the angles between the decoder's columns and PCA's components: 1 if both span
                   the same subspace, latent dimensions / pixels if theirs has a random direction
    kept           explained variance of the test images along PCA's first components (`first`) and along all others
                   (`rest`): 1 where nothing is lost, 0 where the mean image is no worse

Source: lecture 156, "Preguntas frecuentes"; lecture "Autoencoders" (Métodos Generativos), "¿Cómo funcionan?"; Baldi
and Hornik (1989), "Neural networks and principal component analysis: learning from examples without local minima".
"""

import numpy as np
import torch
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from hourglass.data.imageset import ImageSet, to_unit
from hourglass.evaluation.inference import Floats, reconstruct
from hourglass.experiments.common.context import Context, Measurements, over_seeds
from hourglass.experiments.common.networks import mse, trained
from hourglass.experiments.common.settings import ExperimentSettings
from hourglass.models.autoencoder import Autoencoder

# The covariance of more values takes gigabytes.
MOST_PIXELS = 8_192


class Settings(ExperimentSettings):
    """What all experiments state; the network should be linear: `hidden: []`."""


def obstacle(settings: Settings, context: Context) -> str | None:
    """PCA needs as many images as components, and not too many pixels."""
    pixels, components = int(np.prod(context.train.image_shape)), int(settings.network["latent_dim"])
    if pixels > MOST_PIXELS:
        return f"images have {pixels:,} values, more than {MOST_PIXELS:,}"
    least = min(pixels, len(context.train.first(settings.images)))
    return None if components <= least else f"{components} components need as many images and pixels; there are {least}"


def run(settings: Settings, context: Context) -> Measurements:
    """Compare the errors, the subspaces, and what reconstructions keep."""
    images = context.train.first(settings.images)
    pca = PCA(int(settings.network["latent_dim"]), svd_solver="covariance_eigh").fit(_flat(images))
    tested = _flat(context.test)
    limit = float(np.square(pca.inverse_transform(pca.transform(tested)) - tested).mean())
    models = [trained(settings, context, seed) for seed in context.seeds(settings.seeds)]
    errors = [mse(model, context.test) for model in models]
    kept = [kept_variance(model, context.test, pca.components_) for model in models]
    return Measurements(
        {
            "pca": limit,
            "linear": over_seeds(errors),
            "ratio": over_seeds([error / limit for error in errors]),
            "subspace": over_seeds([overlap(directions(model), pca.components_.T) for model in models]),
            "kept": {part: over_seeds([one[part] for one in kept]) for part in ("first", "rest")},
        }
    )


@torch.no_grad()
def directions(model: Autoencoder) -> Floats:
    """The columns of a linear decoder, (pixels, latent dimensions)."""
    origin = torch.zeros(1, model.latent_dim)
    columns = model.decode(torch.eye(model.latent_dim)) - model.decode(origin)
    return columns.flatten(1).T.numpy()


def overlap(one: Floats, other: Floats) -> float:
    """Mean squared cosine of the principal angles between two spans of columns: 0 if orthogonal, 1 if the same."""
    return float(np.square(np.cos(subspace_angles(one, other))).mean())


def kept_variance(model: Autoencoder, images: ImageSet, components: Floats) -> dict[str, float]:
    """Explained variance, 1 - residual / variance, along `components` (K, pixels) and along all other directions."""
    x, rebuilt = (
        np.concatenate(part).reshape(len(images), -1) for part in zip(*reconstruct(model, images), strict=True)
    )
    unexplained = [
        [along, whole - along] for whole, along in (_squares(rebuilt - x, components), _squares(x, components))
    ]
    first, rest = (1 - residual / variance for residual, variance in zip(*unexplained, strict=True))
    return {"first": first, "rest": rest}


def _squares(images: Floats, components: Floats) -> tuple[float, float]:
    """Sum of squares about the mean of flat images (N, pixels), and that along the components."""
    centred = images - images.mean(0)
    return float(np.square(centred).sum()), float(np.square(centred @ components.T).sum())


def _flat(images: ImageSet) -> Floats:
    return np.asarray(to_unit(images[:]).reshape(len(images), -1))
