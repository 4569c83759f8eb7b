import numpy as np
import torch

from hourglass.training.tensors import Tensors

IMAGES = np.random.default_rng(0).integers(0, 256, (11, 1, 2, 2), np.uint8)


def test_images_are_asked_for_as_those_of_a_tensor_are() -> None:
    tensors, whole = Tensors(IMAGES), torch.from_numpy(IMAGES)
    assert len(tensors) == len(whole)
    for rows in (slice(4, 8), torch.randperm(11), torch.tensor([3, 3])):
        assert tensors[rows].equal(whole[rows])
    parts = list(tensors.split(4))
    assert [len(part) for part in parts] == [4, 4, 3]
    assert torch.cat(parts).equal(whole)
