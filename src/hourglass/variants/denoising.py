"""Denoising autoencoder: it is shown a noisy image and has to give back the clean one.

    x~ = x + level * eps,  eps ~ N(0, I)        (gaussian; the lecture's noise is level 0.5)
    x~ = x, but a share `level` of the pixels is 0 or 1         (salt_pepper)
    loss = |x - g(f(x~))|^2

Copying the input no longer helps, at whatever code size: what noise destroyed can only come from knowing what
images look like. The way from x~ to the restored image leads back to where images lie; the code need not
be narrow, so it may be wide.

The noise is part of the model, and of training only. It is drawn in `loss`, afresh for every batch, so that
the best epoch is chosen by how well noise is removed from validation images; `encode`, `reconstruct` and `score`
add none. `restore` is `reconstruct` on a noisy image. (The lecture calls salt and pepper a layer that sets some
pixels to zero; here it is the usual kind, half of them to one.)

Expect far better images than from methods that know only one noisy image (median, non-local means, total
variation) or only a linear subspace (PCA), and softer ones than the originals: the mean of all clean images
that fit. The same network on clean images rebuilds them a little worse than if it had been trained to.

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
    """Convolutional encoder and decoder, noise before the first and a clean target after the second."""

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
        """Called restoration, since it is no reconstruction of what the encoder saw."""
        decoded = self.decode(self.encode(self.corrupt(x, self.level, generator)))
        return {"restoration": image_distance(decoded, x, self.loss_kind)}

    def corrupt(self, x: Tensor, level: float, generator: torch.Generator) -> Tensor:
        return self.noise(x, level, generator)

    def restore(self, observed: Tensor) -> Tensor:
        return self.reconstruct(observed)
