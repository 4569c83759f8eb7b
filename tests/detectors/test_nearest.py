import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from hourglass.detectors.nearest import COUNT, mean_distance


@pytest.mark.parametrize("count", [1, 3, 5, 200])
def test_it_is_the_mean_of_the_five_smallest_distances_or_of_all_there_are(count: int) -> None:
    random = np.random.default_rng(count)
    points, known = random.normal(size=(30, 4)), random.normal(size=(count, 4))
    expected = np.sort(cdist(points, known), axis=1)[:, :COUNT].mean(1)
    found = mean_distance(torch.from_numpy(points), torch.from_numpy(known))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_point_among_those_known_has_distance_zero_from_itself() -> None:
    known = 100 + torch.rand(1, 50, generator=torch.Generator().manual_seed(0))
    assert 0 <= mean_distance(known, known).item() < 1
