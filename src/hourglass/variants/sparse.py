"""Sparse autoencoder: more latent dimensions (units) than an image needs, and a penalty on using them.

    loss = squared error summed over pixels + weight * P * penalty          P: number of pixels
    l1:  z = ReLU(W x + b)       penalty of an image = sum_j |z_j|
    kl:  z = sigmoid(W x + b)    penalty of a batch = sum_j KL(rho || r_j),  r_j: mean activation of unit j
         KL(rho || r) = rho log(rho / r) + (1 - rho) log((1 - rho) / (1 - r))

The penalty limits the latent code, not its size. Encoder and decoder have one layer each. So a unit stands for one
image, its column of the decoder, and a reconstruction is a sum of few of them.

`weight` means the same as in Keras, activity_regularizer=l1(weight) beside loss="mse": there the squared error is a
mean over pixels. Here it is a sum, P times as large, and so is the penalty. (Keras 3 divides the penalty by the batch
size since its issue 22018, of 2026.)

A mean activation belongs to a batch, but a loss term to an image. So KL is replaced by its tangent at r, which is
linear in the activations and therefore a sum of parts per image:

    sum_j KL(rho || r_j) + KL'(r_j) (z_j - r_j)            KL'(r) = (1 - rho) / (1 - r) - rho / r

In training r is the batch's mean, held fixed: the mean of the parts is Ng's penalty and has its gradient, exactly. In
evaluation r is a running mean, so no image affects another's term. A running mean in training would lag behind and
make units oscillate. Comparing each z_j with rho would reward units that are rho for every image.

Expect: with l1 few units are active per image. Many die, the more the higher the learning rate, because a ReLU that is
never positive has no gradient. With kl every unit stays alive, since one that is never active is penalised too, but
activations are small rather than zero. evaluation/measures/sparsity.py counts both.

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

# Weight of a batch in the running mean, and how close to 0 and 1 a mean activation may come.
MOMENTUM, MARGIN = 0.1, 1e-6


class Sparse(Autoencoder):
    """A wide, non-negative latent code with a penalty on activations; `rho` matters with kl only."""

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
        """Each image's part of sum_j KL(rho || r_j): activations (B, latent_dim) -> (B,)."""
        mean = self.activity
        if self.training:
            mean = z.detach().mean(0)
            self.activity.lerp_(mean, MOMENTUM)
        mean = mean.clamp(MARGIN, 1 - MARGIN)
        value = self.rho * (self.rho / mean).log() + (1 - self.rho) * ((1 - self.rho) / (1 - mean)).log()
        slope = (1 - self.rho) / (1 - mean) - self.rho / mean
        return (value + slope * (z - mean)).sum(1)
