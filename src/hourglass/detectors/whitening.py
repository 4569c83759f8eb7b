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
    kept = spread > SMALLEST * spread[0]
    kept[0] = True  # even if all codes are the same, as a collapsed codebook gives them: what is new differs
    deviations = spread[kept].clamp(min=torch.finfo(codes.dtype).eps) / (len(codes) ** 0.5)
    return {"mean": mean, "axes": (axes[kept] / deviations[:, None]).T.float().contiguous()}


def apply(codes: Tensor, state: State) -> Tensor:
    """Codes (B, D) -> whitened (B, K)."""
    return (codes - state["mean"]) @ state["axes"]
