import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from hourglass.detection.distances import NEIGHBOURS, knn_distance


@pytest.mark.parametrize("count", [1, 3, 5, 200])
def test_knn_distance_is_the_mean_of_the_five_smallest(count: int) -> None:
    """Or of all, where there are fewer."""
    random = np.random.default_rng(count)
    points, others = random.normal(size=(30, 4)), random.normal(size=(count, 4))
    expected = np.sort(cdist(points, others), axis=1)[:, :NEIGHBOURS].mean(1)
    found = knn_distance(torch.from_numpy(points), torch.from_numpy(others))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_point_has_distance_zero_from_itself() -> None:
    points = 100 + torch.rand(1, 50, generator=torch.Generator().manual_seed(0))
    assert 0 <= knn_distance(points, points).item() < 1


def test_points_close_together_and_far_away_have_their_own_neighbours() -> None:
    """As latent codes of a network that was hardly trained, all of nearly one direction."""
    random = np.random.default_rng(0)
    points, others = (1 + 1e-3 * random.normal(size=(count, 4)) for count in (50, 200))
    points, others = points.astype(np.float32), others.astype(np.float32)
    expected = np.sort(cdist(points, others), axis=1)[:, :NEIGHBOURS].mean(1)
    found = knn_distance(torch.from_numpy(points), torch.from_numpy(others))
    np.testing.assert_allclose(found, expected, rtol=1e-4)
