"""Codes on equal terms: centred, uncorrelated, every direction of unit variance over normal images."""

import torch
from torch import Tensor

State = dict[str, Tensor]

# Directions with less than this share of the largest standard deviation are noise of rounding, or constant.
SMALLEST = 1e-3


def fit(codes: Tensor) -> State:
    """Mean (D,) and matrix (D, K) of the whitening of codes (N, D), by their principal components."""
    mean = codes.mean(0)
    _, spread, axes = torch.linalg.svd((codes - mean).double(), full_matrices=False)
    if spread[0] <= torch.finfo(codes.dtype).eps * codes.norm():  # no code differs from another: only centre them
        return {"mean": mean, "axes": torch.eye(codes.shape[1])}
    kept = spread > SMALLEST * spread[0]
    deviations = spread[kept] / (len(codes) ** 0.5)
    return {"mean": mean, "axes": (axes[kept] / deviations[:, None]).T.float().contiguous()}


def apply(codes: Tensor, state: State) -> Tensor:
    """Codes (B, D) -> whitened (B, K)."""
    return (codes - state["mean"]) @ state["axes"]
