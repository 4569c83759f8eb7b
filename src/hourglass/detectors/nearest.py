"""Distances to many points, and to the nearest of them."""

from torch import Tensor

COUNT = 5


def squared_distances(points: Tensor, known: Tensor) -> Tensor:
    """Squared Euclidean distances of points (B, K) from each of `known` (M, K): (B, M).

    Multiplied out, which is fast; rounding can leave a distance of zero a little below it.
    """
    return points.square().sum(1, keepdim=True) + known.square().sum(1) - 2 * points @ known.T


def mean_distance(points: Tensor, known: Tensor) -> Tensor:
    """Mean Euclidean distance of points (B, K) from the five nearest of `known` (M, K): (B,)."""
    nearest = squared_distances(points, known).topk(min(COUNT, len(known)), dim=1, largest=False).values
    return nearest.clamp(min=0).sqrt().mean(1)
