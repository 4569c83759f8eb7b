"""Distances to many points, and to the nearest of them."""

import torch
from torch import Tensor

NEIGHBOURS = 5


def knn_distance(points: Tensor, others: Tensor) -> Tensor:
    """Mean Euclidean distance of points (B, K) from the five nearest of `others` (M, K): (B,)."""
    nearest = relative_squares(points, others).topk(min(NEIGHBOURS, len(others)), dim=1, largest=False).indices
    # From differences, since squares of lengths cancel: near points would lose most of their digits.
    return (points[:, None] - others[nearest]).norm(dim=2).mean(1)


def relative_squares(points: Tensor, others: Tensor) -> Tensor:
    """Squared Euclidean distances of points (B, K) from `others` (M, K), less the points' own squared lengths: (B, M).

    One pass over memory: a matrix product. Rounding can leave a distance of 0 a little below it.
    """
    return torch.addmm(others.square().sum(1), points, others.T, alpha=-2)
