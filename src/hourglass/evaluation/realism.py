"""The share of images that lie where real ones do, by their features."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from hourglass.core.intervals import share_estimate
from hourglass.core.metrics import Estimate

# Images that are measured, and real images beside them: time and memory stay flat.
MEASURED, REAL = 2_000, 5_000
# The neighbourhood of a real image reaches to its third nearest.
NEAREST = 3


def realism(features: NDArray[np.floating], real: NDArray[np.floating]) -> Estimate:
    """Share of the first 2,000 images that lie among the first 5,000 real ones, by features (N, D) and (M, D).

    An image lies there if, for any real image, it is no farther from it than that one's third nearest real image.
    Held-out real images show which share is natural. Blurred ones may exceed it, since they lie near the middle.
    The interval holds for the given real images.

    Source: precision of Kynkäänniemi et al. (2019), "Improved precision and recall metric for assessing generative
    models".
    """
    features, real = features[:MEASURED], real[:REAL]
    # Asked for the neighbours of none in particular, scikit-learn does not take a point for its own neighbour.
    radii = NearestNeighbors(n_neighbors=NEAREST, algorithm="brute").fit(real).kneighbors()[0][:, -1]
    return share_estimate((cdist(features, real) <= radii).any(axis=1))
