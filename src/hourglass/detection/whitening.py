"""Whitening: latent codes of normal images become centred and uncorrelated, with unit variance in every direction."""

import torch
from torch import Tensor

State = dict[str, Tensor]

# Directions with less than this share of the largest standard deviation are constant, or noise of rounding.
SMALLEST = 1e-3


def fit(latent: Tensor) -> State:
    """Mean (D,) and matrix `axes` (D, K) of the PCA whitening of latent codes (N, D)."""
    mean = latent.mean(0)
    _, singular, axes = torch.linalg.svd((latent - mean).double(), full_matrices=False)
    if singular[0] <= torch.finfo(latent.dtype).eps * latent.norm():  # all codes are equal: only centre them
        return {"mean": mean, "axes": torch.eye(latent.shape[1])}
    kept = singular > SMALLEST * singular[0]
    std = singular[kept] / (len(latent) ** 0.5)
    return {"mean": mean, "axes": (axes[kept] / std[:, None]).T.float().contiguous()}


def apply(latent: Tensor, state: State) -> Tensor:
    """Latent codes (B, D) -> whitened (B, K)."""
    return (latent - state["mean"]) @ state["axes"]
