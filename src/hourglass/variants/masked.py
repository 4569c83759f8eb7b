"""Masked autoencoder: three quarters of the image are hidden, and the network predicts them.

    patches of patch x patch pixels; a random share `ratio` of them is hidden, drawn anew for every image
    encoder (transformer): tokens of the visible patches -> their mean -> z
    decoder (dense): z -> all patches
    loss = |x - x'|^2 over the hidden pixels only

With so many patches hidden, copying a neighbour is not enough: z must describe the whole image. The encoder takes
visible patches only, so it needs a quarter of the computation.

In the paper the decoder is a transformer that receives a token per visible patch, and there is no single latent code.
Here each image passes through one latent code of `latent_dim` dimensions, as in the other variants. Attention between
tokens that are all functions of z adds nothing but time, so the decoder is a dense network.

`encode` takes whole images, or images whose hidden patches are NaN. `restore` keeps their visible pixels. Where a side
is no multiple of `patch`, images are padded with zeros, and the padding is cut off again.

Expect blurred predictions of the right shape and shade, better than classical inpainting. Expect poor reconstructions
of whole images, because the loss ignores visible pixels.

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
from hourglass.models.networks import dense

HEADS = 4


class Masked(Autoencoder):
    """Transformer over the visible patches, one latent code per image, and a dense decoder of all patches."""

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
        hidden: PositiveInt = 512,
        loss: Loss = "mse",
    ) -> None:
        super().__init__(image_shape, latent_dim, loss)
        channels, *sides = image_shape
        count = math.prod(math.ceil(side / patch) for side in sides)
        if count == 1:
            raise ValueError(
                f"patch: {patch} makes one patch of {sides[0]} x {sides[1]} pixels; at least two are needed"
            )
        pixels = channels * patch**2
        self.patch, self.level = patch, ratio
        self.levels = sorted({0.25, 0.5, 0.9, ratio})
        self.padded = tuple(patch * math.ceil(side / patch) for side in sides)
        self.embedding = nn.Linear(pixels, width)
        self.positions = nn.Parameter(0.02 * torch.randn(count, width))
        self.encoder = nn.Sequential(*(layer(width) for _ in range(depth)), nn.LayerNorm(width))
        self.code = nn.Linear(width, latent_dim)
        self.decoder = nn.Sequential(dense([latent_dim, hidden, count * pixels]), nn.Unflatten(1, (count, pixels)))

    def patches(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> their patches in row-major order, (B, patches, C * patch^2)."""
        height, width = (padded - side for padded, side in zip(self.padded, x.shape[2:], strict=True))
        padded = F.pad(x, (0, width, 0, height))
        # (B, C, rows, patch, columns, patch): faster than `unfold`, as `decode` is than `fold`.
        grid = padded.unflatten(3, (-1, self.patch)).unflatten(2, (-1, self.patch))
        return grid.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        patches = self.patches(x)
        visible = ~patches.isnan().any(2)
        count = int(visible[0].sum())
        if (visible.sum(1) != count).any():
            raise ValueError("images of one batch must have the same number of hidden patches")
        tokens = self.embedding(patches[visible]) + self.positions.expand(len(x), -1, -1)[visible]
        return self.code(self.encoder(tokens.unflatten(0, (len(x), count))).mean(1))

    def decode(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        channels, height, width = self.image_shape
        rows = self.padded[0] // self.patch
        grid = self.decoder(z).unflatten(2, (channels, self.patch, self.patch)).unflatten(1, (rows, -1))
        return grid.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3)[:, :, :height, :width]

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """`restoration`: the distance to the image, over hidden pixels only."""
        observed = self.corrupt(x, self.level, generator)
        distance = image_distance(self.decode(self.encode(observed)), x, self.loss_kind, where=observed.isnan())
        return {"restoration": distance}

    def corrupt(self, x: Tensor, level: float, generator: torch.Generator) -> Tensor:
        return x.masked_fill(patch_mask(x, self.patch, level, generator), torch.nan)

    def restore(self, observed: Tensor) -> Tensor:
        return torch.where(observed.isnan(), self.reconstruct(observed), observed)


def layer(width: int) -> nn.TransformerEncoderLayer:
    """A transformer layer with normalisation first, as in the paper: tokens (B, N, width) -> (B, N, width)."""
    return nn.TransformerEncoderLayer(
        width, HEADS, 2 * width, dropout=0, activation="gelu", batch_first=True, norm_first=True
    )
