"""Tied weights: the decoder's matrices are the encoder's, transposed.

    z = W2 GELU(W1 x + b1) + b2        x' = W1^T GELU(W2^T z + c2) + c1

A layer's weights are one tensor, and its gradient is the sum of both uses; only the biases are the decoder's own.
Half of the parameters remain, a mild regulariser. Without hidden layers the lowest squared error is PCA's. Expect
nearly the error of the undercomplete autoencoder with the same widths ("reducen params 2× sin perder mucho").

Source: lecture 156 "Autoencoders: undercomplete, stacked, denoising, sparse", "Definiciones" and "Preguntas
frecuentes"; Vincent et al. (2008), "Extracting and composing robust features with denoising autoencoders",
section 2.
"""

import math

import torch
import torch.nn.functional as F
from pydantic import PositiveInt
from torch import Tensor, nn

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.losses import Loss
from hourglass.models.networks import dense_encoder


class Tied(Autoencoder):
    """Dense encoder and decoder with shared weights."""

    def __init__(
        self, image_shape: Shape, *, latent_dim: PositiveInt, hidden: list[PositiveInt], loss: Loss = "mse"
    ) -> None:
        super().__init__(image_shape, latent_dim, loss)
        self.encoder = dense_encoder(image_shape, hidden, latent_dim)
        widths = [math.prod(image_shape), *hidden]
        self.biases = nn.ParameterList(torch.zeros(width) for width in reversed(widths))

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        layers = [layer for layer in self.encoder.modules() if isinstance(layer, nn.Linear)]
        for layer, bias in zip(reversed(layers), self.biases, strict=True):
            inputs = z if layer is layers[-1] else F.gelu(z)
            z = F.linear(inputs, layer.weight.T, bias)
        return z.unflatten(1, self.image_shape)
