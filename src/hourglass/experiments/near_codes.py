"""Near codes: do similar images get near latent codes, and do classes lie together, although nobody named them?

Distances between all pairs of test images are compared with those between their latent codes, before and after
training:

    rank_correlation   Spearman's, over pairs: 1 if the code keeps the order of all distances between images
    class_ratio        mean distance within a class over that between classes: the lower, the closer classes lie
    neighbours         share of the ten nearest codes that are of the same class

`pixels` has the last two for the images themselves: what the code has to add to.

Source: lecture "Autoencoders: Aprendizaje de Representaciones Latentes", "Por qué importa".
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform
from scipy.stats import spearmanr

from hourglass.data.imageset import Labels, to_unit
from hourglass.evaluation.inference import encode
from hourglass.experiments.common.context import Context, Measurements, over_seeds
from hourglass.experiments.common.networks import trained, untrained
from hourglass.experiments.common.settings import ExperimentSettings

# Test images, of which all pairs are compared.
COMPARED, NEIGHBOURS = 1_000, 10
Distances = NDArray[np.floating]


class Settings(ExperimentSettings):
    """What all experiments state."""


def obstacle(settings: Settings, context: Context) -> str | None:
    """Neighbours are counted among more images than there are neighbours, of at least two classes."""
    labels = context.test.first(COMPARED).labels
    if len(labels) <= 2 * NEIGHBOURS:
        return f"more than {2 * NEIGHBOURS} test images are needed; there are {len(labels)}"
    return None if len(np.unique(labels)) > 1 else "classes are compared where test images have at least two"


def run(settings: Settings, context: Context) -> Measurements:
    """Compare distances of images with those of codes, of networks before and after training."""
    images = context.test.first(COMPARED)
    pixels = pdist(to_unit(images[:]).reshape(len(images), -1))
    metrics: dict[str, object] = {"pixels": of_classes(pixels, images.labels)}
    for name, network in (("untrained", untrained), ("trained", trained)):
        runs = []
        for seed in context.seeds(settings.seeds):
            codes = pdist(encode(network(settings, context, seed).eval(), images))
            own = {"rank_correlation": float(spearmanr(pixels, codes).statistic)}
            runs.append(own | of_classes(codes, images.labels))
        metrics[name] = {key: over_seeds([one[key] for one in runs]) for key in runs[0]}
    return Measurements(metrics)


def of_classes(distances: Distances, labels: Labels) -> dict[str, float]:
    """`class_ratio` and `neighbours` of distances between all pairs (N (N - 1) / 2,), by class numbers (N,)."""
    square, same = squareform(distances), labels[:, None] == labels
    others = ~np.eye(len(labels), dtype=bool)
    np.fill_diagonal(square, np.inf)
    nearest = np.argsort(square, axis=1)[:, :NEIGHBOURS]
    return {
        "class_ratio": float(square[same & others].mean() / square[~same].mean()),
        "neighbours": float((labels[nearest] == labels[:, None]).mean()),
    }
