"""Rotated autoencoder: the input is an image squeezed and rotated, the target is the image itself.

    x~ = x squeezed, then rotated by k quarter turns, both drawn for each image      z = f(x~)      x' = g(z)
    loss = weight * |x - x'|^2  +  cross-entropy(k, A z)

To undo a rotation the network must recognise what the image shows: a sleeve, a collar, a heel. So the latent code
keeps features that plain reconstruction does not need, above all when one class is trained on. A linear layer on the
latent code, A, predicts the rotation too. Only training uses it. Images that are not square are rotated by half turns.

A squeezed image has `squeeze` times its width, or `squeeze` times its height, between black margins; a third of the
images keep both. To restore it, the network must know the proportions of what the images show. On clothes and on digits
this raises the mean ROC-AUC over ten classes, though not that of every class (docs/lab-notes.md). With `squeeze: 1`,
the default, no image is squeezed.

Some images are neither squeezed nor rotated. So `encode`, `reconstruct` and `score` take images as they are, as a plain
autoencoder does. On images unlike the training images, the network restores the wrong rotation, or encodes them far
from the training images. Expect average reconstructions, poor ones with squeezes, and the best anomaly detector of the
project, more by its latent codes than by its reconstruction error (docs/lab-notes.md).

`channels: []` gives a dense network without convolutions: twice as fast, and nearly as good.

Source: Fei et al. (2022), "Attribute restoration framework for anomaly detection" (ARNet); Gidaris et al. (2018),
"Unsupervised representation learning by predicting image rotations", for the prediction of the rotation.
"""

from collections.abc import Sequence
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field, PositiveFloat, PositiveInt
from torch import Tensor, nn

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.losses import Loss, image_distance
from hourglass.models.networks import ConvolutionalEncoder, dense_decoder, dense_encoder

ROTATIONS = 4
# 0: none, 1: in width, 2: in height.
SQUEEZES = 3


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
        squeeze: Annotated[float, Field(ge=0.5, le=1)] = 1.0,
        loss: Loss = "mse",
    ) -> None:
        super().__init__(image_shape, latent_dim, loss)
        if not hidden:
            raise ValueError("hidden: [] leaves no layer beside the latent code; give at least one width")
        self.weight = weight
        self.squeeze = squeeze
        self.step = 1 if image_shape[1] == image_shape[2] else 2
        if channels:
            self.encoder = ConvolutionalEncoder(image_shape, channels, hidden[-1], latent_dim)
        else:
            self.encoder = dense_encoder(image_shape, hidden, latent_dim)
        self.decoder = dense_decoder(image_shape, hidden, latent_dim)
        self.rotation = nn.Linear(latent_dim, ROTATIONS)

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """`restoration` of the image, times `weight`, and `rotation`, the cross-entropy in nats."""
        # Rotations first: squeezes do not change them.
        rotations = self.step * torch.randint(int(self.level) // self.step + 1, (len(x),), generator=generator)
        observed = x
        if self.squeeze < 1:
            observed = squeeze_images(x, torch.randint(SQUEEZES, (len(x),), generator=generator), self.squeeze)
        z = self.encode(rotate(observed, rotations))
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


def squeeze_images(x: Tensor, ways: Tensor, factor: float) -> Tensor:
    """Images (B, C, H, W), each squeezed in its own way (B,), on the CPU, about the centre; the margins are black.

    Args:
        ways: 0 leaves an image as it is, 1 makes it narrower, 2 makes it shorter.
        factor: in [0.5, 1]; below, interpolation between neighbouring pixels would skip some.
    """
    squeezed = x.clone()
    for way in set(ways.tolist()) - {0}:
        rows = (ways == way).to(x.device)
        # Pixels come from further off the centre, along one axis.
        columns, lines = (1 / factor, 1) if way == 1 else (1, 1 / factor)
        matrix = torch.tensor([[columns, 0, 0], [0, lines, 0]], dtype=x.dtype).to(x.device)
        source = matrix.expand(int((ways == way).sum()), 2, 3)
        grid = F.affine_grid(source, [len(source), *x.shape[1:]], align_corners=False)
        squeezed[rows] = F.grid_sample(x[rows], grid, align_corners=False)
    return squeezed
