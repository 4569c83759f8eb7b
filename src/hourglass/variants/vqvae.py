"""Vector-quantised autoencoder: the latent code is a grid of vectors from a learned codebook.

    v = encoder(x)                        a vector for each of h x w grid positions
    z = e_k,  k = argmin_k |v - e_k|      for each position, the nearest of K codebook vectors
    loss = d(decoder(z), x) + commitment * |v - stop_gradient(z)|^2

An image becomes h w indices from 0 to K - 1, that is h w log2(K) bits. 7 x 7 positions and 128 codebook vectors make
343 bits; 30 float32 dimensions make 960. argmin has no useful gradient, so the decoder's gradient is passed to the
encoder unchanged (straight-through). The commitment term keeps v near z, so that this gradient is accurate. The
codebook follows the encoder by moving averages (models/quantiser.py).

Watch the perplexity, the effective number of codebook vectors in use: training fails when it collapses to a few.

This variant does not sample images: that takes a second network, a prior over grids of indices.

Source: beyond the lectures; van den Oord et al. (2017), "Neural discrete representation learning".
"""

from typing import Annotated

import torch
from pydantic import Field, NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from hourglass.models.autoencoder import Shape
from hourglass.models.losses import Loss, image_distance
from hourglass.models.networks import map_shapes, strided_convolutions, transposed_convolutions
from hourglass.models.quantiser import Quantised, Quantiser


class VQVAE(Quantised):
    """Convolutional encoder and decoder around a grid of codebook vectors.

    Each grid position gets an equal number of the `latent_dim` dimensions. Those that remain are dropped: the model's
    `latent_dim` is the number in use.
    """

    def __init__(
        self,
        image_shape: Shape,
        *,
        latent_dim: PositiveInt,
        codes: PositiveInt,
        channels: Annotated[list[PositiveInt], Field(min_length=1)],
        commitment: NonNegativeFloat = 0.25,
        loss: Loss = "mse",
    ) -> None:
        *_, (_, rows, columns) = map_shapes(image_shape, channels)
        width = latent_dim // (rows * columns)
        if width == 0:
            raise ValueError(f"latent_dim: {rows} x {columns} positions need more than {latent_dim} dimensions")
        super().__init__(image_shape, width * rows * columns, loss)
        self.positions = rows * columns
        self.codes = codes
        self.commitment = commitment
        self.encoder = nn.Sequential(strided_convolutions(image_shape, channels), nn.Conv2d(channels[-1], width, 1))
        self.quantiser = Quantiser(codes, width)
        self.decoder = nn.Sequential(
            nn.Unflatten(2, (rows, columns)),
            nn.Conv2d(width, channels[-1], 3, padding=1),
            nn.GELU(),
            transposed_convolutions(image_shape, channels),
        )

    def vectors(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> the encoder's vectors (B, positions, width), before quantisation."""
        return self.encoder(x).flatten(2).transpose(1, 2)

    def indices(self, x: Tensor) -> Tensor:
        return self.quantiser.nearest(self.vectors(x))

    def decode_indices(self, indices: Tensor) -> Tensor:
        return self.decode(self.quantiser.codebook[indices].flatten(1))

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return self.quantiser(self.vectors(x)).flatten(1)

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        return self.decoder(z.unflatten(1, (self.positions, -1)).transpose(1, 2))

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """`reconstruction` and `commitment`; in training mode this also moves the codebook."""
        vectors = self.vectors(x)
        quantised = self.quantiser(vectors)
        terms = {
            "reconstruction": image_distance(self.decode(quantised.flatten(1)), x, self.loss_kind),
            "commitment": self.commitment * (vectors - quantised.detach()).square().flatten(1).sum(1),
        }
        if self.training:
            self.quantiser.follow(vectors.flatten(0, 1), generator)
        return terms
