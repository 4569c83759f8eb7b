"""Vanilla autoencoder: one hidden layer, which is the latent code.

    z = GELU(W x + b)        x' = V z + c

The simplest network that reconstructs its input through fewer dimensions. Expect an error close to PCA's: with one
layer each for encoder and decoder, the activation is the only nonlinearity.

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
    """One dense layer as encoder, one as decoder."""

    def __init__(self, image_shape: Shape, *, latent_dim: PositiveInt, loss: Loss = "mse") -> None:
        super().__init__(image_shape, latent_dim, loss)
        self.encoder = dense_encoder(image_shape, [], latent_dim)
        self.decoder = dense_decoder(image_shape, [], latent_dim)

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return F.gelu(self.encoder(x))
