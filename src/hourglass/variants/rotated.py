"""Rotated autoencoder: it is shown an image turned by some quarter turns, and has to give it back upright.

    x~ = x turned by k quarter turns, k drawn for each image      z = f(x~)      x' = g(z)
    loss = weight * |x - x'|^2  +  cross-entropy(k, A z)

To turn an image back one must know which way up it belongs, and that takes knowing what it shows: a sleeve, a
collar, a heel. So the code has to hold what a shrinking network would throw away, above all if it was trained on
one class only. A linear readout of the code names the turn as well; it is there to be learned from, and nothing
else uses it. Images that are not square are turned by half turns only.

An upright image is turned by nothing: `encode`, `reconstruct` and `score` are those of a plain autoencoder. What is
new to the network it turns the wrong way, or gives it the code of nothing it has seen: expect middling
reconstructions and the best detector of the project, from the code more than from the error (docs/lab-notes.md).

`channels: []` leaves out the convolutions: a dense network, twice as fast, and hardly less able.

Source: Fei et al. (2022), "Attribute restoration framework for anomaly detection" (ARNet); Gidaris et al. (2018),
"Unsupervised representation learning by predicting image rotations", for the readout.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.losses import Loss, image_distance
from hourglass.models.networks import ConvolutionalEncoder, dense_decoder, dense_encoder

QUARTERS = 4


class Rotated(Autoencoder):
    """Convolutional or dense encoder, dense decoder, and a linear readout of the turn."""

    restores = True
    level = QUARTERS - 1
    # No scale of damage: a turn is undone or not, and no classical method competes.
    levels: Sequence[float] = ()

    def __init__(
        self,
        image_shape: Shape,
        *,
        latent_dim: PositiveInt,
        channels: list[PositiveInt],
        hidden: list[PositiveInt],
        weight: PositiveFloat = 0.1,
        loss: Loss = "mse",
    ) -> None:
        super().__init__(image_shape, latent_dim, loss)
        if not hidden:
            raise ValueError("hidden: [] leaves no layer beside the code; give at least one width")
        self.weight = weight
        self.step = 1 if image_shape[1] == image_shape[2] else 2
        if channels:
            self.encoder = ConvolutionalEncoder(image_shape, channels, hidden[-1], latent_dim)
        else:
            self.encoder = dense_encoder(image_shape, hidden, latent_dim)
        self.decoder = dense_decoder(image_shape, hidden, latent_dim)
        self.turn = nn.Linear(latent_dim, QUARTERS)

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """`restoration` to the upright image, times `weight`, and `turn`, the cross-entropy in nats."""
        turns = self.step * torch.randint(int(self.level) // self.step + 1, (len(x),), generator=generator)
        codes = self.encode(turned(x, turns))
        return {
            "restoration": self.weight * image_distance(self.decode(codes), x, self.loss_kind),
            "turn": F.cross_entropy(self.turn(codes), turns, reduction="none"),
        }

    def corrupt(self, x: Tensor, level: float, generator: torch.Generator) -> Tensor:
        """Each image turned, by a number of quarter turns drawn from 1 to `level`."""
        turns = 1 + torch.randint(int(level) // self.step, (len(x),), generator=generator)
        return turned(x, self.step * turns)

    def restore(self, observed: Tensor) -> Tensor:
        return self.reconstruct(observed)


def turned(x: Tensor, turns: Tensor) -> Tensor:
    """Images (B, C, H, W), each turned anticlockwise by its own number of quarter turns (B,)."""
    result = torch.empty_like(x)
    for turn in turns.unique().tolist():
        chosen = turns == turn
        result[chosen] = x[chosen].rot90(turn, (2, 3))
    return result
