"""Distances to many points, and to the nearest of them."""

import torch
from torch import Tensor

COUNT = 5


def squared_distances(points: Tensor, known: Tensor) -> Tensor:
    """Squared Euclidean distances of points (B, K) from each of `known` (M, K): (B, M).

    Multiplied out, which is fast; rounding can leave a distance of zero a little below it.
    """
    return _beyond(points, known) + points.square().sum(1, keepdim=True)


def mean_distance(points: Tensor, known: Tensor) -> Tensor:
    """Mean Euclidean distance of points (B, K) from the five nearest of `known` (M, K): (B,)."""
    nearest = _beyond(points, known).topk(min(COUNT, len(known)), dim=1, largest=False).values
    # The same for all of `known`, so that it is cheaper to add to the nearest only.
    squares = nearest + points.square().sum(1, keepdim=True)
    return squares.clamp(min=0).sqrt().mean(1)


def _beyond(points: Tensor, known: Tensor) -> Tensor:
    """What squared distances (B, M) have beyond the points' own squared lengths, in one pass over memory."""
    return torch.addmm(known.square().sum(1), points, known.T, alpha=-2)
