"""Denoising autoencoder: the input is a noisy image, the target is the clean one.

    x~ = x + level * eps,  eps ~ N(0, I)                        gaussian; the lecture's noise is level 0.5
    x~ = x with a share `level` of its pixels set to 0 or 1     salt_pepper
    loss = |x - g(f(x~))|^2

Copying the input does not lower the loss, however large the latent code is. To remove noise the network must learn
what images look like, so the latent code may be wide.

The noise is drawn in `loss`, anew for every batch; the best epoch is the one that denoises validation images best.
`encode`, `reconstruct` and `score` add no noise, and `restore` is `reconstruct` of a noisy image. The lecture
describes salt-and-pepper noise as pixels set to zero; here half of them are set to one, as is usual.

Expect much better images than from methods that use one noisy image (median, non-local means, total variation) or
a linear subspace (PCA). Restored images are smoother than the originals: they are the mean of all clean images that
fit. On clean images, expect slightly worse reconstructions than from the same network trained without noise.

Source: lecture "Autoencoders" (Métodos Generativos), "Autoencoders de Eliminación de Ruido"; lecture 156
"Autoencoders: undercomplete, stacked, denoising, sparse", exercise 3; Vincent et al. (2008), "Extracting and
composing robust features with denoising autoencoders".
"""

from typing import Literal

import torch
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.corruption import gaussian, salt_pepper
from hourglass.models.losses import Loss, image_distance
from hourglass.models.networks import ConvolutionalDecoder, ConvolutionalEncoder

NOISES = {"gaussian": gaussian, "salt_pepper": salt_pepper}


class Denoising(Autoencoder):
    """Convolutional encoder of noisy images, and decoder of clean ones."""

    restores = True

    def __init__(
        self,
        image_shape: Shape,
        *,
        noise: Literal["gaussian", "salt_pepper"],
        level: PositiveFloat,
        latent_dim: PositiveInt,
        channels: list[PositiveInt],
        hidden: PositiveInt,
        loss: Loss = "mse",
    ) -> None:
        super().__init__(image_shape, latent_dim, loss)
        if noise == "salt_pepper" and level > 1:
            raise ValueError(f"level: {level} is no share of pixels; allowed with salt_pepper: up to 1")
        self.noise, self.level = NOISES[noise], level
        strengths = (level * part for part in (0.5, 1, 1.5, 2))
        self.levels = [strength for strength in strengths if noise == "gaussian" or strength <= 1]
        self.encoder = ConvolutionalEncoder(image_shape, channels, hidden, latent_dim)
        self.decoder = ConvolutionalDecoder(image_shape, channels, hidden, latent_dim)

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """`restoration`: the distance to the clean image, which the encoder did not get."""
        decoded = self.decode(self.encode(self.corrupt(x, self.level, generator)))
        return {"restoration": image_distance(decoded, x, self.loss_kind)}

    def corrupt(self, x: Tensor, level: float, generator: torch.Generator) -> Tensor:
        return self.noise(x, level, generator)

    def restore(self, observed: Tensor) -> Tensor:
        return self.reconstruct(observed)
