"""Linear and PCA: does a linear autoencoder that is trained by gradient end where PCA does?

    z = W x + b        x' = V z + c        loss = squared error

Its optimum spans the subspace of PCA's first components. So its error can reach PCA's on training images, and no less.
Both learn from the same images, with the same number of latent dimensions.

Source: lecture 156, "Preguntas frecuentes"; Baldi and Hornik (1989), "Neural networks and principal component
analysis: learning from examples without local minima".
"""

import numpy as np
from sklearn.decomposition import PCA

from hourglass.data.imageset import ImageSet, to_unit
from hourglass.evaluation.inference import Floats
from hourglass.experiments.common.context import Context, Found, over_seeds
from hourglass.experiments.common.networks import mse, trained
from hourglass.experiments.common.settings import ExperimentSettings

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


def run(settings: Settings, context: Context) -> Found:
    """Errors of both on test images, and their ratio."""
    images = context.train.first(settings.images)
    pca = PCA(int(settings.network["latent_dim"]), svd_solver="covariance_eigh").fit(_flat(images))
    tested = _flat(context.test)
    limit = float(np.square(pca.inverse_transform(pca.transform(tested)) - tested).mean())
    errors = [mse(trained(settings, context, seed), context.test) for seed in context.seeds(settings.seeds)]
    return Found({"pca": limit, "linear": over_seeds(errors), "ratio": over_seeds([error / limit for error in errors])})


def _flat(images: ImageSet) -> Floats:
    return np.asarray(to_unit(images[:]).reshape(len(images), -1))
