"""Distances to many points, and to the nearest of them."""

import torch
from torch import Tensor

NEIGHBOURS = 5
# Of so many points that seem nearest, distances are computed without rounding that could swap them.
CANDIDATES = 4 * NEIGHBOURS


def knn_distance(points: Tensor, others: Tensor) -> Tensor:
    """Mean Euclidean distance of points (B, K) from the five nearest of `others` (M, K): (B,).

    Squares of lengths cancel: far from the origin, or close together, points would lose most of their digits. So the
    origin moves among them, and distances are those of differences.
    """
    origin = others.mean(0)
    squares = relative_squares(points - origin, others - origin)
    near = squares.topk(min(CANDIDATES, len(others)), dim=1, largest=False).indices
    distances = (points[:, None] - others[near]).norm(dim=2)
    return distances.topk(min(NEIGHBOURS, len(others)), dim=1, largest=False).values.mean(1)


def relative_squares(points: Tensor, others: Tensor) -> Tensor:
    """Squared Euclidean distances of points (B, K) from `others` (M, K), less the points' own squared lengths: (B, M).

    One pass over memory: a matrix product. Rounding can leave a distance of 0 a little below it.
    """
    return torch.addmm(others.square().sum(1), points, others.T, alpha=-2)
