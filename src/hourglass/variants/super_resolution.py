"""Super-resolution: the encoder takes the image at half its resolution, the decoder returns it at full resolution.

    s = means of x over squares of factor x factor pixels        z = f(s)        x' = g(z)
    loss = |x - g(f(s))|^2

Many large images shrink to the same small image. The network predicts their mean, so it adds the edges and prints that
are typical of its training images. On other kinds of images it adds them too ("específicos de los datos").

As in any autoencoder everything passes through the latent code; no enlarged input is added to the output. So the
encoder must lose nothing. It is one matrix, and with `latent_dim` of at least the pixels of the small image (14 x 14
= 196) it can keep them all. With a linear decoder this would be the best linear interpolation, which already has a
lower error than bicubic; a hidden layer makes it nonlinear.

`encode` and `reconstruct` shrink their images first; `restore` takes small images. Expect sharper edges than
bicubic's, and no legible text on shirts.

Source: lecture "Autoencoders" (AI for Beginners), "Superresolución"; Dong et al. (2014), "Learning a deep
convolutional network for image super-resolution".
"""

import math
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field, PositiveInt
from torch import Tensor

from hourglass.models.autoencoder import Autoencoder, Shape
from hourglass.models.corruption import downsample
from hourglass.models.losses import Loss
from hourglass.models.networks import dense_decoder, dense_encoder


class SuperResolution(Autoencoder):
    """A linear encoder of the small image, and a dense decoder to the large one."""

    restores = True

    def __init__(
        self,
        image_shape: Shape,
        *,
        latent_dim: PositiveInt,
        hidden: list[PositiveInt],
        factor: Annotated[int, Field(ge=2)] = 2,
        loss: Loss = "mse",
    ) -> None:
        super().__init__(image_shape, latent_dim, loss)
        channels, height, width = image_shape
        self.small = math.ceil(height / factor), math.ceil(width / factor)
        self.factor = self.level = factor
        self.levels = [factor, factor + 1, 2 * factor, 3 * factor]
        self.encoder = dense_encoder((channels, *self.small), [], latent_dim)
        self.decoder = dense_decoder(image_shape, hidden, latent_dim)

    def encode(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return self.encoder(downsample(x, self.factor))

    def corrupt(self, x: Tensor, level: float, generator: torch.Generator) -> Tensor:
        return downsample(x, int(level))

    def restore(self, observed: Tensor) -> Tensor:
        # Images of other sizes are resized to the encoder's; those of its size stay as they are.
        resized = F.interpolate(observed, self.small, mode="bicubic")
        return self.means(self.decode(self.encoder(resized)))
