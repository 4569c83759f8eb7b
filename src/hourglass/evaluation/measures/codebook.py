"""Codebook: how many of the entries that discrete latent codes are made of are in use."""

from dataclasses import dataclass

import numpy as np

from hourglass.evaluation.context import Context, Examples
from hourglass.evaluation.inference import Indices, codebook_indices
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.quantiser import Quantised

# The first test images count: their codes are counted all at once.
CODES = 10_000


@dataclass(frozen=True)
class Codebook:
    """How evenly entries are used.

    perplexity: exp of the entropy of how often each entry occurs: how many entries, all equally frequent, would be as
        hard to guess. From 1 (always the same) to the size of the codebook (all equally frequent).
    dead_codes: how many entries never occur.
    """

    perplexity: float
    dead_codes: int


def applies(model: Autoencoder) -> bool:
    """Applies to networks whose latent codes are made of codebook entries."""
    return isinstance(model, Quantised)


def metrics(model: Quantised, context: Context) -> Codebook:
    """Count the entries in the first test images' codes."""
    return count_entries(_indices(model, context), model.codes)


def examples(model: Quantised, context: Context) -> Examples:
    """Share of the places in the codes that each entry takes, most used first: `codebook_usage` (codes,)."""
    uses = np.bincount(_indices(model, context).ravel(), minlength=model.codes)
    return {"codebook_usage": np.sort(uses)[::-1] / uses.sum()}


def count_entries(indices: Indices, codes: int) -> Codebook:
    """Count the entries of a codebook of `codes` among `indices` (N, length), each from 0 to `codes` - 1."""
    counts = np.bincount(indices.ravel(), minlength=codes)
    shares = counts[counts > 0] / counts.sum()
    return Codebook(float(np.exp(-(shares * np.log(shares)).sum())), int((counts == 0).sum()))


def _indices(model: Quantised, context: Context) -> Indices:
    return codebook_indices(model, context.test.first(CODES))
