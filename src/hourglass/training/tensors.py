"""Images of arrays, or of files, as the training loop takes them."""

from collections.abc import Iterator

import torch
from torch import Tensor

from hourglass.core.images import Images


class Tensors:
    """uint8 images (N, C, H, W) of which those that are asked for become a tensor, so that memory stays flat."""

    def __init__(self, images: Images) -> None:
        self._images = images

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, rows: slice | Tensor, /) -> Tensor:
        return torch.from_numpy(self._images[rows if isinstance(rows, slice) else rows.numpy()])

    def split(self, split_size: int, /) -> Iterator[Tensor]:
        """All of them in order, so many at a time."""
        for start in range(0, len(self), split_size):
            yield self[start : start + split_size]
