"""What the training loop needs of a network, and no more: its loss terms, and the phases it goes through."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor, nn

LossTerms = Callable[[Tensor, Tensor | None, torch.Generator], dict[str, Tensor]]


class Pixels(Protocol):
    """uint8 images (N, C, H, W) in 0..255 as tensors: one tensor, or read from disk a batch at a time."""

    def __len__(self) -> int: ...
    def __getitem__(self, rows: slice | Tensor, /) -> Tensor: ...
    def split(self, split_size: int, /) -> Iterable[Tensor]:
        """All of them in order, so many at a time."""
        ...


@dataclass(frozen=True)
class Phase:
    """A stretch of training, with an optimizer and a one-cycle schedule of its own.

    name: what the history calls it. loss: the terms it minimises, as `Trainable.loss` returns them.
    parameters: what it trains; nothing else changes meanwhile.
    share: its part of the epochs, in proportion to the other phases' shares.
    """

    name: str
    loss: LossTerms
    parameters: Sequence[nn.Parameter]
    share: float = 1.0


class Trainable(nn.Module):
    """A network that images (B, C, H, W), float32 in [0, 1], train; class numbers `y` are int64 (B,)."""

    closed_form: ClassVar[bool] = False
    """Whether `solve` replaces training by gradient descent."""

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """Named terms, each (B,); the sum of their means over the batch is what training minimises.

        Args:
            generator: the only source of randomness a term may use.
        """
        raise NotImplementedError

    @property
    def phases(self) -> Sequence[Phase]:
        """What training goes through, in order: one phase, in which everything learns at once."""
        return [Phase("train", self.loss, list(self.parameters()))]

    def solve(self, images: Pixels) -> None:
        """Set the weights in closed form from uint8 images (N, C, H, W); only where `closed_form` is true."""
        raise NotImplementedError
