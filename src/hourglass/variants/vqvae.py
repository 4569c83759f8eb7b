"""Vector-quantised autoencoder: the code is a small grid of words from a learned vocabulary.

    v = encoder(x)                a vector for each of h x w places
    z = e_k,  k = argmin_k |v - e_k|      for each place, the nearest of K codebook vectors
    loss = d(decoder(z), x) + commitment * |v - stop_gradient(z)|^2

An image becomes h w whole numbers from 0 to K - 1, that is h w log2(K) bits: 7 x 7 places and 128 codes are 343
bits, while a code of 30 float32 numbers takes 960. argmin has no useful gradient, so the decoder's is copied
to the encoder as if z were v (straight-through); the commitment term keeps v near its word, so that the copy is
right; the codebook follows the encoder by moving averages (models/quantiser.py). Watch the perplexity, which says
how many codes are in use, in effect: a codebook that collapses to a few is what goes wrong here.

No new images are drawn here: that takes a second network, a prior over the grids of numbers.

Source: beyond the lectures; van den Oord et al. (2017), "Neural discrete representation learning".
"""

from typing import Annotated

import torch
from pydantic import Field, NonNegativeFloat, PositiveInt
from torch import Tensor, nn

from hourglass.core.errors import SettingsError
from hourglass.models.autoencoder import Shape
from hourglass.models.losses import Loss, image_distance
from hourglass.models.networks import doublings, halvings, map_shapes
from hourglass.models.quantiser import Quantised, Quantiser


class VQVAE(Quantised):
    """Convolutional encoder and decoder around a grid of codebook vectors.

    `latent_dim` is how many numbers the grid may hold: its places share them evenly, what does not divide is
    left over, and the model's `latent_dim` says how many are used.
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
        *_, (_, height, breadth) = map_shapes(image_shape, channels)
        places = height * breadth
        width = latent_dim // places
        if width == 0:
            raise SettingsError(
                f"params.yaml: latent_dim: {height} x {breadth} places need more than {latent_dim} numbers"
            )
        super().__init__(image_shape, width * places, loss)
        self.places = places
        self.codes = codes
        self.commitment = commitment
        self.encoder = nn.Sequential(halvings(image_shape, channels), nn.Conv2d(channels[-1], width, 1))
        self.quantiser = Quantiser(codes, width)
        self.decoder = nn.Sequential(
            nn.Unflatten(2, (height, breadth)),
            nn.Conv2d(width, channels[-1], 3, padding=1),
            nn.GELU(),
            doublings(image_shape, channels),
        )

    def vectors(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> what the encoder says of each place, (B, places, width)."""
        return self.encoder(x).flatten(2).transpose(1, 2)

    def indices(self, x: Tensor) -> Tensor:
        return self.quantiser.nearest(self.vectors(x))

    def decode_indices(self, indices: Tensor) -> Tensor:
        return self.decode(self.quantiser.codebook[indices].flatten(1))

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return self.quantiser(self.vectors(x)).flatten(1)

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        return self.decoder(z.unflatten(1, (self.places, -1)).transpose(1, 2))

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """Also moves the codebook, if the model is in training mode."""
        vectors = self.vectors(x)
        quantised = self.quantiser(vectors)
        terms = {
            "reconstruction": image_distance(self.decode(quantised.flatten(1)), x, self.loss_kind),
            "commitment": self.commitment * (vectors - quantised.detach()).square().flatten(1).sum(1),
        }
        if self.training:
            self.quantiser.follow(vectors.flatten(0, 1), generator)
        return terms
