"""What the training loop needs of a network: its loss terms and its phases."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

import torch
from torch import Tensor, nn

from hourglass.data.imageset import ImageSet

LossTerms = Callable[[Tensor, Tensor | None, torch.Generator], dict[str, Tensor]]


@dataclass(frozen=True)
class Phase:
    """A part of training, with an optimizer and a one-cycle schedule of its own.

    name: its name in the history.
    loss: the terms it minimises, as `Trainable.loss` returns them.
    parameters: what it trains; other parameters stay fixed.
    share: its part of the epochs, relative to the other phases' shares.
    """

    name: str
    loss: LossTerms
    parameters: Sequence[nn.Parameter]
    share: float = 1.0


class Trainable(nn.Module):
    """A network that is trained on images (B, C, H, W), float32 in [0, 1], and class numbers `y` (B,), int64."""

    conditional: ClassVar[bool] = False
    """Whether the network takes class numbers `y`; labels reach no other network."""

    closed_form: ClassVar[bool] = False
    """Whether `solve` replaces training by gradient descent."""

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """Named terms, each (B,); the sum of their means over the batch is what training minimises.

        Args:
            generator: the only source of randomness a term may use; on the CPU, whatever device `x` is on.
        """
        raise NotImplementedError

    @property
    def device(self) -> torch.device:
        """Where the network computes: its weights are there, and its inputs have to be."""
        return next(chain(self.parameters(), self.buffers())).device

    def condition(self, y: Tensor) -> Tensor | None:
        """`y` if the network is conditional, otherwise None."""
        return y if self.conditional else None

    @property
    def phases(self) -> Sequence[Phase]:
        """The phases of training, in order; by default one, which trains all parameters."""
        return [Phase("train", self.loss, list(self.parameters()))]

    def solve(self, images: ImageSet) -> None:
        """Set the weights in closed form; only where `closed_form` is true."""
        raise NotImplementedError
