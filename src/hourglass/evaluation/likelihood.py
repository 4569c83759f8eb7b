"""How likely a generative model finds an image: bounds on log p(x) from draws of its posterior."""

from collections.abc import Iterable

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
    return streamed_bound([log_weights])


def streamed_bound(parts: Iterable[Array]) -> Array:
    """The same bound from parts (N, K_1), (N, K_2), ... of the draws, so that memory holds one part at a time."""
    draws = 0
    # In double precision: a log-weight of an image is some hundreds of nats, and thousands of weights are added.
    total: Array = np.array(-np.inf)
    for part in parts:
        draws += part.shape[1]
        total = np.logaddexp(total, logsumexp(part.astype(np.float64), axis=1))
    return total - np.log(draws)


def measure(bounds: Array, seed: int) -> dict[str, float | list[float]]:
    """Summarise the bounds (N,) of N images.

    Returns:
        nats: their mean; nats_ci: its 95% bootstrap interval over the images.
    """
    return {"nats": float(bounds.mean()), "nats_ci": mean_interval(bounds, seed)}
