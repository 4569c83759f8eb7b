"""Masked autoencoder: three quarters of the image are hidden, and what is hidden has to be guessed.

    patches of patch x patch pixels; a random share `ratio` of them is hidden, drawn afresh for every image
    encoder (transformer): tokens of the visible patches -> their mean -> z
    decoder: z -> a token for each place -> its patch
    loss = |x - x'|^2 over the hidden pixels only

What is seen costs nothing and teaches nothing: the code must say what the rest looks like. With so much hidden,
copying from a neighbour is not enough, and the encoder, which never sees a hidden patch, is four times cheaper.

Where this differs from the paper: there the decoder gets a token for each visible patch, and there is no code.
Here the image passes through one code of `latent_dim` numbers, so that it is an autoencoder like the others. The
decoder knows nothing else. Each place starts from its mask token (a learned vector that also says where it is),
to which a linear map of z adds what the code has to say about that place; then one transformer layer.

`encode` takes an image as it is, with all patches visible; hidden ones are NaN, which is how `restore` knows
them. It keeps the pixels it was shown. Sides that are no multiple of `patch` are padded with black, and the
padding is cut off again.

Expect blurred guesses of the right shape and shade, better than a smooth filling-in; and poor reconstructions of
whole images, since the loss never asks for what can be seen.

Source: lecture 156 "Autoencoders: undercomplete, stacked, denoising, sparse", "Preguntas frecuentes" (¿AE
moderna?); He et al. (2022), "Masked autoencoders are scalable vision learners".
"""

import math
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.corruption import patch_mask
from hourglass.models.losses import Loss, image_distance

HEADS = 4


class Masked(Autoencoder):
    """Transformer over visible patches, one code for the image, one transformer layer over all places."""

    restores = True

    def __init__(
        self,
        image_shape: Shape,
        *,
        latent_dim: PositiveInt,
        patch: PositiveInt = 4,
        ratio: Annotated[float, Field(gt=0, lt=1)] = 0.75,
        width: Annotated[int, Field(gt=0, multiple_of=HEADS)] = 64,
        depth: PositiveInt = 2,
        loss: Loss = "mse",
    ) -> None:
        super().__init__(image_shape, latent_dim, loss)
        channels, *sides = image_shape
        places = math.prod(math.ceil(side / patch) for side in sides)
        if places == 1:
            raise ValueError(
                f"patch: {patch} makes one patch of {sides[0]} x {sides[1]} pixels; at least two are needed"
            )
        pixels = channels * patch**2
        self.patch, self.level = patch, ratio
        self.levels = sorted({0.25, 0.5, 0.9, ratio})
        self.padded = tuple(patch * math.ceil(side / patch) for side in sides)
        self.embedding = nn.Linear(pixels, width)
        self.positions = nn.Parameter(0.02 * torch.randn(places, width))
        self.encoder = nn.Sequential(*(layer(width) for _ in range(depth)), nn.LayerNorm(width))
        self.code = nn.Linear(width, latent_dim)
        self.decoder = nn.Sequential(
            # Its biases are the mask tokens, one for each place.
            nn.Sequential(nn.Linear(latent_dim, places * width), nn.Unflatten(1, (places, width))),
            layer(width),
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, pixels)),
        )

    def patches(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> their patches, row by row: (B, places, pixels of a patch)."""
        height, width = (padded - side for padded, side in zip(self.padded, x.shape[2:], strict=True))
        return F.unfold(F.pad(x, (0, width, 0, height)), self.patch, stride=self.patch).transpose(1, 2)

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        patches = self.patches(x)
        visible = ~patches.isnan().any(2)
        count = int(visible[0].sum())
        if (visible.sum(1) != count).any():
            raise ValueError("images of one batch must hide equally many patches")
        tokens = self.embedding(patches[visible]) + self.positions.expand(len(x), -1, -1)[visible]
        return self.code(self.encoder(tokens.unflatten(0, (len(x), count))).mean(1))

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        patches = self.decoder(z).transpose(1, 2)
        _, height, width = self.image_shape
        return F.fold(patches, self.padded, self.patch, stride=self.patch)[:, :, :height, :width]

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """Called restoration, and of hidden pixels only."""
        observed = self.corrupt(x, self.level, generator)
        distance = image_distance(self.decode(self.encode(observed)), x, self.loss_kind, where=observed.isnan())
        return {"restoration": distance}

    def corrupt(self, x: Tensor, level: float, generator: torch.Generator) -> Tensor:
        return x.masked_fill(patch_mask(x, self.patch, level, generator), torch.nan)

    def restore(self, observed: Tensor) -> Tensor:
        return torch.where(observed.isnan(), self.reconstruct(observed), observed)


def layer(width: int) -> nn.TransformerEncoderLayer:
    """Attention and a dense network for each token, normalised before each, as in the paper."""
    return nn.TransformerEncoderLayer(
        width, HEADS, 2 * width, dropout=0, activation="gelu", batch_first=True, norm_first=True
    )
