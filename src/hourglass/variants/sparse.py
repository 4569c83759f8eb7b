"""Sparse autoencoder: more code units than an image needs, of which it may use only a few.

    loss = sum over pixels + weight * P * penalty          P: number of pixels
    l1:  z = ReLU(W x + b)       penalty of an image = sum_j |z_j|
    kl:  z = sigmoid(W x + b)    penalty of all images = sum_j KL(rho || r_j),  r_j: mean activation of unit j
         KL(rho || r) = rho log(rho / r) + (1 - rho) log((1 - rho) / (1 - r))

What limits the code is not its size but the price of using it. One layer each way, so that a unit has one
picture (its column of the decoder), and an image is a sum of few pictures.

The weight means what it means in Keras, activity_regularizer=l1(1e-3) beside loss="mse": a penalty summed over
units and averaged over the batch, a reconstruction error averaged over pixels too. Ours is summed over the
pixels, P times as much, and so is the penalty. (Keras 3 left out the division by the batch size until its
issue 22018, in 2026.)

The mean activation is a matter of many images, while a term belongs to one. KL is therefore replaced by its
tangent at r, which is linear in the activations, so that each image has its own part:

    sum_j KL(rho || r_j) + KL'(r_j) (z_j - r_j)            KL'(r) = (1 - rho) / (1 - r) - rho / r

In training r is the batch's mean, held fixed: the parts average to Ng's penalty and have its gradient, exactly.
A running mean is kept on the side and takes its place in evaluation, where no image touches another's term.
(A running mean in training lags behind its units and makes them swing; comparing each z_j with rho
image by image would reward units that say rho whatever they see.)

Expect: l1 leaves a few units active per image, and kills many for good (a ReLU that is never positive has no
gradient), the more the higher the learning rate. kl keeps every unit alive, since one that never fires pays
too, but its zeros are soft. Counted by evaluation/sparsity.py.

Source: lecture 156 "Autoencoders: undercomplete, stacked, denoising, sparse", exercise 4; Ng (2011), "Sparse
autoencoder", CS294A lecture notes, section 3.
"""

import math
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeFloat, PositiveInt
from torch import Tensor

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.losses import Loss, image_distance
from hourglass.models.networks import dense_decoder, dense_encoder

# Share of a batch in the running mean, and how close to 0 and 1 a mean may come.
PACE, EDGE = 0.1, 1e-6


class Sparse(Autoencoder):
    """A wide code of units that are never negative, each use of which costs; `rho` counts for kl only."""

    sparse = True

    def __init__(
        self,
        image_shape: Shape,
        *,
        latent_dim: PositiveInt,
        penalty: Literal["l1", "kl"],
        weight: NonNegativeFloat = 1e-3,
        rho: Annotated[float, Field(gt=0, lt=1)] = 0.05,
        loss: Loss = "mse",
    ) -> None:
        super().__init__(image_shape, latent_dim, loss)
        self.penalty, self.rho = penalty, rho
        self.scale = weight * math.prod(image_shape)
        self.encoder = dense_encoder(image_shape, [], latent_dim)
        self.decoder = dense_decoder(image_shape, [], latent_dim)
        self.activity: Tensor
        if penalty == "kl":
            self.register_buffer("activity", torch.full([latent_dim], 0.5))

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return F.relu(self.encoder(x)) if self.penalty == "l1" else self.encoder(x).sigmoid()

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        z = self.encode(x)
        return {
            "reconstruction": image_distance(self.decode(z), x, self.loss_kind),
            "sparsity": self.scale * (z.sum(1) if self.penalty == "l1" else self.divergence(z)),
        }

    def divergence(self, z: Tensor) -> Tensor:
        """Each image's part of sum_j KL(rho || mean of z_j): (B, D) -> (B,)."""
        mean = self.activity
        if self.training:
            mean = z.detach().mean(0)
            self.activity.lerp_(mean, PACE)
        mean = mean.clamp(EDGE, 1 - EDGE)
        touching = self.rho * (self.rho / mean).log() + (1 - self.rho) * ((1 - self.rho) / (1 - mean)).log()
        slope = (1 - self.rho) / (1 - mean) - self.rho / mean
        return (touching + slope * (z - mean)).sum(1)
