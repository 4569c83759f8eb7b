"""How much of a discrete code's vocabulary is in use."""

import numpy as np
from numpy.typing import NDArray

# The first test images count: their codes are looked at together.
CODES = 10_000


def measure(indices: NDArray[np.int64], codes: int) -> dict[str, float]:
    """Count the entries of a codebook of `codes` among `indices` (N, length), each from 0 to `codes` - 1.

    Returns:
        perplexity: exp of the entropy of how often each entry occurs: how many entries, all equally frequent,
            would be as hard to guess. From 1 (always the same) to `codes` (all alike).
        dead_codes: how many entries never occur.
    """
    counts = np.bincount(indices.ravel(), minlength=codes)
    shares = counts[counts > 0] / counts.sum()
    return {
        "perplexity": float(np.exp(-(shares * np.log(shares)).sum())),
        "dead_codes": int((counts == 0).sum()),
    }
