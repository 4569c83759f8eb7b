"""How likely a generative model finds an image: bounds on log p(x) from draws of its posterior."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from hourglass.evaluation.intervals import mean_interval

Array = NDArray[np.floating]


def importance_weighted_bound(log_weights: Array) -> Array:
    """Log p(x) >= log (1/K) sum_k w_k, w_k = p(x, z_k) / q(z_k|x), z_k ~ q(z|x): (N, K) -> (N,), in nats.

    K = 1 is the ELBO; on average the bound rises with K, towards log p(x) (Burda et al., 2016, "Importance weighted
    autoencoders").

    Args:
        log_weights: log w_k for K draws of each of N images.
    """
    # In double precision: a log-weight of an image is some hundreds of nats, and thousands of weights are added.
    bound: Array = logsumexp(log_weights.astype(np.float64), axis=1) - np.log(log_weights.shape[1])
    return bound


def measure(bounds: Array, seed: int) -> dict[str, float | list[float]]:
    """Summarise the bounds (N,) on log p(x) of N images.

    Returns:
        iwae_nats: the mean of -bound, an upper bound on -log p(x), so that less is better; iwae_nats_ci: its 95%
            bootstrap interval over the images.
    """
    return {"iwae_nats": float(-bounds.mean()), "iwae_nats_ci": mean_interval(-bounds, seed)}
