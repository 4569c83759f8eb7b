"""Rotated autoencoder: the input is an image rotated by some quarter turns, the target is the unrotated image.

    x~ = x rotated by k quarter turns, k drawn for each image      z = f(x~)      x' = g(z)
    loss = weight * |x - x'|^2  +  cross-entropy(k, A z)

To undo a rotation the network must recognise what the image shows: a sleeve, a collar, a heel. So the latent code
keeps features that plain reconstruction does not need, above all when one class is trained on. A linear layer on the
latent code, A, predicts the rotation too. Only training uses it. Images that are not square are rotated by half turns.

k may be 0, so `encode`, `reconstruct` and `score` take unrotated images, as those of a plain autoencoder do.
On images unlike the training images, the network restores the wrong rotation, or encodes them far from the training
images. Expect average reconstructions and the best anomaly detector of the project, more by its latent codes than by
its reconstruction error (docs/lab-notes.md).

`channels: []` gives a dense network without convolutions: twice as fast, and nearly as good.

Source: Fei et al. (2022), "Attribute restoration framework for anomaly detection" (ARNet); Gidaris et al. (2018),
"Unsupervised representation learning by predicting image rotations", for the prediction of the rotation.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.losses import Loss, image_distance
from hourglass.models.networks import ConvolutionalEncoder, dense_decoder, dense_encoder

ROTATIONS = 4


class Rotated(Autoencoder):
    """Convolutional or dense encoder, dense decoder, and a linear prediction of the rotation."""

    restores = True
    level = ROTATIONS - 1
    # Rotations have no strength to vary, and no classical baseline.
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
            raise ValueError("hidden: [] leaves no layer beside the latent code; give at least one width")
        self.weight = weight
        self.step = 1 if image_shape[1] == image_shape[2] else 2
        if channels:
            self.encoder = ConvolutionalEncoder(image_shape, channels, hidden[-1], latent_dim)
        else:
            self.encoder = dense_encoder(image_shape, hidden, latent_dim)
        self.decoder = dense_decoder(image_shape, hidden, latent_dim)
        self.rotation = nn.Linear(latent_dim, ROTATIONS)

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """`restoration` of the unrotated image, times `weight`, and `rotation`, the cross-entropy in nats."""
        rotations = self.step * torch.randint(int(self.level) // self.step + 1, (len(x),), generator=generator)
        z = self.encode(rotate(x, rotations))
        return {
            "restoration": self.weight * image_distance(self.decode(z), x, self.loss_kind),
            "rotation": F.cross_entropy(self.rotation(z), rotations.to(x.device), reduction="none"),
        }

    def corrupt(self, x: Tensor, level: float, generator: torch.Generator) -> Tensor:
        """Each image rotated by a number of quarter turns drawn from 1 to `level`."""
        steps = 1 + torch.randint(int(level) // self.step, (len(x),), generator=generator)
        return rotate(x, self.step * steps)

    def restore(self, observed: Tensor) -> Tensor:
        return self.reconstruct(observed)


def rotate(x: Tensor, quarters: Tensor) -> Tensor:
    """Images (B, C, H, W), each rotated anticlockwise by its own number of quarter turns (B,), on the CPU."""
    rotated = torch.empty_like(x)
    for count in quarters.unique().tolist():
        rows = (quarters == count).to(x.device)
        rotated[rows] = x[rows].rot90(count, (2, 3))
    return rotated
