"""Vanilla autoencoder: one hidden layer, and that layer is the code.

    z = GELU(W x + b)        x' = V z + c

The simplest network that must rebuild its input through fewer numbers than the input has. Expect it
beside PCA: one layer each way leaves little room to bend, and what bends is the activation.

Source: lecture "Autoencoders" (Métodos Generativos), "Vanilla Autoencoder"; Hinton and Salakhutdinov
(2006), "Reducing the dimensionality of data with neural networks".
"""

import torch.nn.functional as F
from pydantic import PositiveInt
from torch import Tensor

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.losses import Loss
from hourglass.models.networks import dense_decoder, dense_encoder


class Vanilla(Autoencoder):
    """One dense layer down to the code, one up from it."""

    def __init__(self, image_shape: Shape, *, latent_dim: PositiveInt, loss: Loss = "mse") -> None:
        super().__init__(image_shape, latent_dim, loss)
        self.encoder = dense_encoder(image_shape, [], latent_dim)
        self.decoder = dense_decoder(image_shape, [], latent_dim)

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return F.gelu(self.encoder(x))
